// SPDX-License-Identifier: Apache-2.0
// Watches our connections at the programs behind us, so that a death anywhere reaches those in front of us.
//
// One monitor stream per next hop is shared by all connections through it. It is opened by the first claim,
// again after each loss (at once by a claim, else with growing pauses), and ends a second after its last
// connection.
//
// The order of things, for every Request:
//   1. There is a connection to the next hop. Claim: from here on its news of this id (ours, which it sees in
//      the path) are kept. It waits until the stream is open, so that the next hop cannot have anything to
//      tell about the Request that it would not tell us.
//   2. The Request is sent, and answered. News that come before, or before our own chain is done with the
//      answer, are held back: nobody in front of us knows the connection yet.
//   3. Watch: what was held back is told, in order, and from now on all else at once; a next hop that the
//      connection had before is heard no more. After a failure Abandon instead: all is as before the claim.
//   4. Forget, when the connection is closed.
//
// What can go wrong:
//   - The stream ends: all connections through it are lost, those held back once they are answered.
//   - The next hop was started again: what the first events of the new stream do not list is lost, unless it
//     was claimed after the stream's opening began, in which case it has not been sent yet.
//   - The stream does not open within the claim's time, or at all: the Request is sent nevertheless, and if
//     the stream opens later, the connection must be in its first events. That may call a connection lost
//     that is well, which costs a refresh; the other way round never happens.
//
// Threading: thread safe. Callbacks run on gRPC's threads and in Watch, several at a time; they must not
// block. Its end waits until they are over.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/core/url.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// What became of a connection at the next hop.
enum class NextHopNews {
  kChanged,
  kClosed,  // it was told to, or closed it itself
  kLost,    // the stream to it ended, or it does not know the connection: it was started again
};

class NextHopMonitor {
 public:
  // `theirs` is the next hop's own view of the connection; null unless it has changed.
  using Callback = std::function<void(const std::string& id, NextHopNews news, const Connection* theirs)>;

  // `name` is this hop's, by which its connections are recognised in paths; `peers`: who next hops may be.
  NextHopMonitor(std::string name, ChannelPool& channels, Peers peers, TimerQueue& timers, Callback callback);
  ~NextHopMonitor();

  // Calls for one id come one after the other. Claim waits until `deadline` at most, and not for long.
  void Claim(const std::string& id, const Url& next_hop, absl::Time deadline) EXCLUDES(mutex_);
  void Watch(const std::string& id) EXCLUDES(mutex_);
  void Abandon(const std::string& id) EXCLUDES(mutex_);
  void Forget(const std::string& id) EXCLUDES(mutex_);

  // How many connections are claimed or watched, and by how many streams.
  size_t connections() const EXCLUDES(mutex_);
  size_t streams() const EXCLUDES(mutex_);

 private:
  class Stream;
  struct Shared;
  // The streams of a connection's next hop and of the one that is being asked, which is mostly the same.
  struct Ways {
    std::shared_ptr<Stream> watched;
    std::shared_ptr<Stream> claimed;
  };
  std::shared_ptr<Stream> StreamWith(const std::string& id, const Url& next_hop) REQUIRES(mutex_);
  void EndClaim(const std::string& id, Ways& ways) REQUIRES(mutex_);

  const std::shared_ptr<Shared> shared_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Stream>> streams_ GUARDED_BY(mutex_);  // by URL
  std::map<std::string, Ways> ways_ GUARDED_BY(mutex_);                        // by connection id
};

}  // namespace nsm
