// SPDX-License-Identifier: Apache-2.0
// Holds the channels of the last searches, so that the next one to the same domain needs no new connection.
#pragma once

#include <deque>
#include <memory>

#include "grpcpp/channel.h"
#include "src/core/mutex.h"

namespace nsm::proxy {

// Thread safe.
class KeptChannels {
 public:
  explicit KeptChannels(size_t limit = 64) : limit_(limit) {}
  // Moves it to the front; the one that was not used for longest goes.
  void Keep(const std::shared_ptr<grpc::Channel>& channel) EXCLUDES(mutex_) {
    std::shared_ptr<grpc::Channel> gone;  // ends outside of the lock
    MutexLock lock(mutex_);
    std::erase(channels_, channel);
    channels_.push_front(channel);
    if (channels_.size() <= limit_) return;
    gone = std::move(channels_.back());
    channels_.pop_back();
  }
  // One that failed waits before it connects again; a new one does not.
  void Drop(const std::shared_ptr<grpc::Channel>& channel) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::erase(channels_, channel);
  }

 private:
  const size_t limit_;
  Mutex mutex_;
  std::deque<std::shared_ptr<grpc::Channel>> channels_ GUARDED_BY(mutex_);
};

}  // namespace nsm::proxy
