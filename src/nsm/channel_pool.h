// SPDX-License-Identifier: Apache-2.0
// Channels to other programs, one per address for all who use it at the same time.
//
// A channel lives as long as somebody holds it: connections hold that of their next hop through its monitor
// stream, so channels to peers that nobody needs any more close by themselves. Thread safe.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/token_source.h"

namespace nsm {

class ChannelPool {
 public:
  // `dial_timeout` limits how long Dial waits for a connection.
  // `most_kept`: so many channels that nobody holds stay connected, those that were used last.
  ChannelPool(const TokenSource& tokens, absl::Duration dial_timeout, size_t most_kept = 64);

  // Waits until every stream is over, a short time: its owner has cancelled it by now, and gRPC may not be
  // left at work when the process ends.
  ~ChannelPool();

  // Does not connect by itself. One that has failed before tries again at once.
  std::shared_ptr<grpc::Channel> Get(const Url& url) EXCLUDES(mutex_);
  // To be held by what gRPC's own threads may destroy.
  std::shared_ptr<void> Use() const;
  // Waits until the channel is connected. UNAVAILABLE, naming the address, when it is not by `deadline` or
  // within the dial timeout.
  absl::Status Dial(grpc::Channel& channel, const Url& url, absl::Time deadline) EXCLUDES(mutex_);
  // Does not keep it any more: a channel that fails tries again and again as long as it is there.
  void Drop(const grpc::Channel& channel) EXCLUDES(mutex_);
  // What every outgoing call carries: its deadline and, in the metadata, our token and its expiry.
  void Prepare(grpc::ClientContext& context, absl::Time deadline) const;

 private:
  class Uses;
  std::shared_ptr<grpc::Channel> FindOrMake(const std::string& target) REQUIRES(mutex_);

  const TokenSource& tokens_;
  const absl::Duration dial_timeout_;
  Mutex mutex_;
  const size_t most_kept_;
  const std::shared_ptr<Uses> uses_;  // outlives a stream that does not end in time
  std::map<std::string, std::weak_ptr<grpc::Channel>> channels_ GUARDED_BY(mutex_);
  std::deque<std::shared_ptr<grpc::Channel>> kept_ GUARDED_BY(mutex_);  // the last used first
};

}  // namespace nsm
