// SPDX-License-Identifier: Apache-2.0
#include "src/core/worker_pool.h"

#include <thread>
#include <utility>

namespace nsm {

WorkerPool::~WorkerPool() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.NotifyAll();
  while (running_ > 0) changed_.Wait(mutex_);
}

void WorkerPool::Run(std::function<void()> function) {
  MutexLock lock(mutex_);
  if (!takes_work_) return;
  queue_.push_back(std::move(function));
  if (static_cast<int>(queue_.size()) <= waiting_) {
    changed_.NotifyAll();
  } else if (running_ < limit_) {
    ++running_;
    std::thread([this] { Work(); }).detach();
  }
}

void WorkerPool::Drain() {
  MutexLock lock(mutex_);
  while (!queue_.empty() || running_ > waiting_) drained_.Wait(mutex_);
}

void WorkerPool::Stop() {
  std::deque<std::function<void()>> dropped;  // end outside of the lock
  {
    MutexLock lock(mutex_);
    takes_work_ = false;
    dropped.swap(queue_);
  }
  Drain();
}

void WorkerPool::Work() {
  // The lock is taken and given back by hand, since it must be held when the thread says that it is gone.
  mutex_.Lock();
  while (true) {
    if (!queue_.empty()) {
      std::function<void()> function = std::move(queue_.front());
      queue_.pop_front();
      mutex_.Unlock();
      function();
      function = nullptr;
      mutex_.Lock();
      continue;
    }
    if (stopping_) break;
    ++waiting_;
    drained_.NotifyAll();
    bool woken = changed_.WaitFor(mutex_, idle_);
    --waiting_;
    if (!woken && queue_.empty()) break;
  }
  --running_;
  changed_.NotifyAll();
  drained_.NotifyAll();
  mutex_.Unlock();
}

}  // namespace nsm
