// SPDX-License-Identifier: Apache-2.0
// Calls to other programs that somebody else than their caller may have to end.
//
// Threading: thread safe.
#pragma once

#include <set>

#include "grpcpp/client_context.h"
#include "src/core/mutex.h"

namespace nsm {

class CallGroup {
 public:
  // Before the call is made, so that one of a stopped group ends as soon as it is.
  void Add(grpc::ClientContext& call) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    calls_.insert(&call);
    if (stopped_) call.TryCancel();
  }
  // Before the context goes.
  void Remove(grpc::ClientContext& call) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    calls_.erase(&call);
  }

  // Those that run end with CANCELLED.
  void Cancel() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    CancelAll();
  }
  // The same, and so do those that are still made.
  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopped_ = true;
    CancelAll();
  }
  bool is_stopped() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return stopped_;
  }

 private:
  void CancelAll() REQUIRES(mutex_) {
    for (grpc::ClientContext* call : calls_) call->TryCancel();
  }

  mutable Mutex mutex_;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::set<grpc::ClientContext*> calls_ GUARDED_BY(mutex_);
};

}  // namespace nsm
