// SPDX-License-Identifier: Apache-2.0
// Watches our connections at the programs behind us: one monitor stream per next hop, shared by all
// connections through it, open as long as there is one and for a second more.
//
// Threading: thread safe. Callbacks run on gRPC's threads, several at a time; they must not block. Its end
// waits until they are over.
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
  kLost,    // the stream to it ended, or it does not know the connection: it was started again, or this has
            // ended before it was watched
};

class NextHopMonitor {
 public:
  // `theirs` is the next hop's own view of the connection; null unless it has changed.
  using Callback = std::function<void(const std::string& id, NextHopNews news, const Connection* theirs)>;

  // `name` is this hop's, by which its connections are recognised in paths.
  NextHopMonitor(std::string name, ChannelPool& channels, TimerQueue& timers, Callback callback);
  ~NextHopMonitor();

  // From now on the connection with this id (ours) goes through that next hop, and no other. Also tells of
  // what became of it there since `asked`, when its Request began.
  void Watch(const std::string& id, const Url& next_hop, absl::Time asked) EXCLUDES(mutex_);
  void Forget(const std::string& id) EXCLUDES(mutex_);

  // How many connections are watched, and by how many streams.
  size_t connections() const EXCLUDES(mutex_);
  size_t streams() const EXCLUDES(mutex_);

 private:
  class Stream;
  struct Shared;

  const std::shared_ptr<Shared> shared_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Stream>> streams_ GUARDED_BY(mutex_);  // by URL
  std::map<std::string, std::string> next_hops_ GUARDED_BY(mutex_);            // URL by connection id
};

}  // namespace nsm
