// SPDX-License-Identifier: Apache-2.0
// std::mutex with clang's thread-safety annotations. Every lock of the project goes through here, so that
// clang -Wthread-safety can check who guards what, and the thread sanitizer can see every lock
// (Debian's absl is not built for it).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"  // GUARDED_BY
#include "absl/time/time.h"

#if defined(__clang__)
#define NSM_ANNOTATION(x) __attribute__((x))
#else
#define NSM_ANNOTATION(x)
#endif

#define REQUIRES(...) NSM_ANNOTATION(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) NSM_ANNOTATION(locks_excluded(__VA_ARGS__))

namespace nsm {

class NSM_ANNOTATION(capability("mutex")) Mutex {
 public:
  void Lock() NSM_ANNOTATION(acquire_capability()) { mutex_.lock(); }
  void Unlock() NSM_ANNOTATION(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class NSM_ANNOTATION(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) NSM_ANNOTATION(acquire_capability(mutex)) : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() NSM_ANNOTATION(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

  // Waits for a notification; may wake without one, so call it in a loop.
  void Wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }

  // As Wait, at most for `timeout`; returns false if that passed.
  bool WaitFor(Mutex& mutex, absl::Duration timeout) REQUIRES(mutex) {
    constexpr absl::Duration kLongest = absl::Hours(1);
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    bool woken = condition_.wait_for(lock, absl::ToChronoNanoseconds(std::min(timeout, kLongest))) ==
                 std::cv_status::no_timeout;
    lock.release();
    return woken;
  }

 private:
  std::condition_variable condition_;
};

}  // namespace nsm
