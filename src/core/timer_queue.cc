// SPDX-License-Identifier: Apache-2.0
#include "src/core/timer_queue.h"

namespace nsm {

TimerQueue::TimerQueue(const Clock& clock, WorkerPool& pool) : clock_(clock), pool_(&pool) {
  thread_ = std::thread([this] { Run(); });
}

TimerQueue::~TimerQueue() { Stop(); }

void TimerQueue::Stop() {
  std::map<std::pair<absl::Duration, TimerId>, std::function<void()>> dropped;  // end outside of the lock
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    dropped.swap(timers_);
    times_.clear();
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

TimerId TimerQueue::Schedule(absl::Time when, std::function<void()> function) {
  const absl::Duration due = clock_.Elapsed() + (when - clock_.Now());
  MutexLock lock(mutex_);
  if (stopping_) return 0;
  const TimerId id = next_id_++;
  timers_.emplace(std::make_pair(due, id), std::move(function));
  times_.emplace(id, due);
  // Otherwise the thread looks early enough; unless it should have done so already, as after a suspension,
  // which no wait counts.
  if (due < looks_at_ || looks_at_ <= clock_.Elapsed()) changed_.NotifyAll();
  return id;
}

bool TimerQueue::Cancel(TimerId id) {
  MutexLock lock(mutex_);
  auto it = times_.find(id);
  if (it == times_.end()) return false;
  timers_.erase({it->second, id});
  times_.erase(it);
  return true;
}

size_t TimerQueue::size() const {
  MutexLock lock(mutex_);
  return timers_.size();
}

void TimerQueue::RunDue() {
  while (true) {
    std::function<void()> function;
    {
      MutexLock lock(mutex_);
      auto first = timers_.begin();
      if (first == timers_.end() || first->first.first > clock_.Elapsed()) return;
      function = std::move(first->second);
      times_.erase(first->first.second);
      timers_.erase(first);
    }
    if (pool_ != nullptr) {
      pool_->Run(std::move(function));
    } else {
      function();
    }
  }
}

void TimerQueue::Run() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (stopping_) return;
      looks_at_ = timers_.empty() ? absl::InfiniteDuration() : timers_.begin()->first.first;
      const absl::Duration wait = looks_at_ - clock_.Elapsed();
      if (wait > absl::ZeroDuration()) {
        changed_.WaitFor(mutex_, wait);
        continue;
      }
    }
    RunDue();
  }
}

}  // namespace nsm
