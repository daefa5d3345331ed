// SPDX-License-Identifier: Apache-2.0
// The server's end of a stream: a queue in front of a gRPC reactor that takes one message at a time.
//
// Threading: thread safe; no call blocks. It owns itself until gRPC is done with the stream, so whoever feeds
// it holds it by shared_ptr or weak_ptr. A reader that lets more than kLongestQueue messages pile up is cut
// off with RESOURCE_EXHAUSTED: it can come back and gets the whole state anew.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "grpcpp/support/server_callback.h"
#include "src/core/mutex.h"

namespace nsm {

template <typename Message>
class StreamWriter : public grpc::ServerWriteReactor<Message> {
 public:
  static constexpr size_t kLongestQueue = 100'000;

  // gRPC deletes no reactor; this keeps the object alive until it is done. Call once, after make_shared.
  void HoldUntilDone(std::shared_ptr<StreamWriter> self) { self_ = std::move(self); }

  void Push(Message message) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (ended_) return;
    queue_.push_back(std::move(message));
    if (queue_.size() > kLongestQueue) {
      // All but the one that is being written, behind which the end comes.
      queue_.erase(queue_.begin() + 1, queue_.end());
      EndLocked(grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "this stream is read too slowly"));
    } else if (queue_.size() == 1) {
      this->StartWrite(&queue_.front());
    }
  }

  // Ends the stream behind what was pushed. Later calls change nothing.
  void End(grpc::Status status) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    EndLocked(std::move(status));
  }

 protected:
  // All that was pushed is on its way. Called under our lock: it must not block nor call back.
  virtual void OnSent() {}
  // The stream is over; nothing can be pushed any more.
  virtual void OnOver() {}

 private:
  void OnWriteDone(bool ok) final EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    queue_.pop_front();
    if (!ok) {
      EndLocked(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream is broken"));
      queue_.clear();
    }
    if (!queue_.empty()) {
      this->StartWrite(&queue_.front());
    } else if (ended_) {
      FinishOnce();
    } else {
      OnSent();
    }
  }
  void OnCancel() final EXCLUDES(mutex_) {
    // Not CANCELLED: upstream clients stop healing on it.
    End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the stream is over"));
  }
  void OnDone() final {
    OnOver();
    std::shared_ptr<StreamWriter> self = std::move(self_);
  }

  void EndLocked(grpc::Status status) REQUIRES(mutex_) {
    if (ended_) return;
    ended_ = std::move(status);
    if (queue_.empty()) FinishOnce();
  }
  void FinishOnce() REQUIRES(mutex_) {
    if (!std::exchange(finished_, true)) this->Finish(*ended_);
  }

  std::shared_ptr<StreamWriter> self_;
  Mutex mutex_;
  std::deque<Message> queue_ GUARDED_BY(mutex_);  // the front is being written
  std::optional<grpc::Status> ended_ GUARDED_BY(mutex_);
  bool finished_ GUARDED_BY(mutex_) = false;
};

}  // namespace nsm
