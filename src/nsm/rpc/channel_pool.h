// SPDX-License-Identifier: Apache-2.0
// Channels to other programs, one per address and kind of peer for all who use it at the same time.
//
// A channel stays as long as somebody holds it, and then, connected, as one of the `most_idle` that were used
// last. Only the pool ends channels, on a thread of its own: gRPC 1.51 may crash when the last channel of a
// process ends on one of gRPC's threads, where streams let go of theirs.
//
// When the program has a new certificate there are new channels, while whoever holds an old one goes on with
// it. Thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <tuple>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/server_context.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/identity/identity.h"
#include "src/nsm/rpc/call_group.h"
#include "src/nsm/rpc/poller.h"

namespace nsm {

class ChannelPool {
 public:
  class Call;

  // `dial_timeout` limits how long Dial waits for a connection.
  ChannelPool(Identity& identity, absl::Duration dial_timeout, size_t most_idle = 64);

  // Waits until nobody holds a channel any more, a short time: whoever had a stream has cancelled it by now,
  // and gRPC may not be left at work when the process ends.
  ~ChannelPool();

  // Whose calls they are for.
  const Identity& identity() const { return identity_; }
  // Does not connect by itself. One that has failed before tries again at once. `peers`: who may be there.
  std::shared_ptr<grpc::Channel> Get(const Url& url, Peers peers = Peers::kOwnDomain) EXCLUDES(mutex_);
  // Waits until the channel is connected; one that has failed before tries again at once. UNAVAILABLE, naming
  // the address, when it is not by `deadline` or within the dial timeout.
  absl::Status Dial(grpc::Channel& channel, const Url& url, absl::Time deadline) EXCLUDES(mutex_);
  // What every outgoing call of a channel of ours carries: its deadline and, in the metadata, our token and
  // its expiry.
  void Prepare(grpc::ClientContext& context, absl::Time deadline) const;
  // The program stops, and nobody waits for what hangs any more: each Call ends with CANCELLED at once, those
  // that are still made, too, and Dial fails.
  void CancelCalls();

  // Ends the channels that nobody needs: besides the idle ones that are too many those that have failed,
  // which would try again and again. Happens by itself once a second.
  void Sweep() EXCLUDES(mutex_);

 private:
  // gRPC's target, who may be there, and the certificate that is shown there.
  using Key = std::tuple<std::string, Peers, uint64_t>;
  struct Entry {
    std::shared_ptr<grpc::Channel> channel;
    uint64_t last_use = 0;
  };
  void Run() EXCLUDES(mutex_);
  bool AwaitStop() EXCLUDES(mutex_);
  bool HasChannels() EXCLUDES(mutex_);

  Identity& identity_;
  const absl::Duration dial_timeout_;
  const size_t most_idle_;
  const std::shared_ptr<CallGroup> calls_;  // a stream's end may come after ours
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  uint64_t uses_ GUARDED_BY(mutex_) = 0;
  std::map<Key, Entry> channels_ GUARDED_BY(mutex_);
  Poller poller_;
  std::thread sweeper_;
};

// One prepared call that ends when the program stops, or `group` (which outlives it) is told to. It outlives
// the call, as its context must.
class ChannelPool::Call {
 public:
  Call(ChannelPool& pool, absl::Time deadline, CallGroup* group = nullptr);
  // One that ends, too, when `caller` waits no more for the answer that it is made for; null: nobody does.
  Call(ChannelPool& pool, absl::Time deadline, const grpc::ServerContextBase* caller);
  ~Call();
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  grpc::ClientContext& context() { return *context_; }

 private:
  const std::shared_ptr<CallGroup> of_pool_;
  CallGroup* const group_;
  const std::unique_ptr<grpc::ClientContext> context_;
};

}  // namespace nsm
