// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/expiries.h"

#include <map>
#include <utility>

#include "src/core/mutex.h"

namespace nsm {

class Expiries::State : public std::enable_shared_from_this<State> {
 public:
  State(const Clock& clock, TimerQueue& timers, std::function<void()> on_due)
      : clock_(clock), timers_(timers), on_due_(std::move(on_due)) {}

  void Set(const std::string& key, absl::Duration life) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Forget(key);
    const End end = {clock_.Elapsed() + life, ++sets_};
    ends_[key] = end;
    order_.emplace(end, key);
    Schedule();
  }
  void Clear(const std::string& key) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Forget(key);
    Schedule();
  }
  std::vector<std::string> TakeDue() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::vector<std::string> due;
    while (!order_.empty() && order_.begin()->first.first <= clock_.Elapsed()) {
      due.push_back(order_.begin()->second);
      ends_.erase(due.back());
      order_.erase(order_.begin());
    }
    Schedule();
    return due;
  }
  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopping_ = true;
    timers_.Cancel(std::exchange(timer_, 0));
    while (calling_) changed_.Wait(mutex_);
  }

 private:
  // By Clock::Elapsed; of equal ones the one that was set first.
  using End = std::pair<absl::Duration, uint64_t>;

  void Forget(const std::string& key) REQUIRES(mutex_) {
    auto it = ends_.find(key);
    if (it == ends_.end()) return;
    order_.erase(it->second);
    ends_.erase(it);
  }
  // One timer, for what ends first. A timer that comes too soon, as what it was for was given more time,
  // costs less than one that is made anew for each renewal.
  void Schedule() REQUIRES(mutex_) {
    if (stopping_ || calling_) return;
    if (timer_ != 0) {
      if (!order_.empty() && order_.begin()->first.first >= wakes_at_) return;
      timers_.Cancel(std::exchange(timer_, 0));
    }
    if (order_.empty()) return;
    wakes_at_ = order_.begin()->first.first;
    const uint64_t number = ++schedules_;
    timer_ =
        timers_.Schedule(clock_.Now() + (wakes_at_ - clock_.Elapsed()), [self = weak_from_this(), number] {
          if (auto state = self.lock()) state->OnTimer(number);
        });
  }
  void OnTimer(uint64_t number) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (stopping_ || number != schedules_) return;
      timer_ = 0;
      calling_ = true;
    }
    on_due_();
    MutexLock lock(mutex_);
    calling_ = false;
    changed_.NotifyAll();
    Schedule();
  }

  const Clock& clock_;
  TimerQueue& timers_;
  const std::function<void()> on_due_;
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, End> ends_ GUARDED_BY(mutex_);
  std::map<End, std::string> order_ GUARDED_BY(mutex_);
  uint64_t sets_ GUARDED_BY(mutex_) = 0;
  TimerId timer_ GUARDED_BY(mutex_) = 0;
  absl::Duration wakes_at_ GUARDED_BY(mutex_);
  uint64_t schedules_ GUARDED_BY(mutex_) = 0;  // so that a timer that comes late knows that it was replaced
  bool calling_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

Expiries::Expiries(const Clock& clock, TimerQueue& timers, std::function<void()> on_due)
    : state_(std::make_shared<State>(clock, timers, std::move(on_due))) {}

void Expiries::Stop() { state_->Stop(); }

void Expiries::Set(const std::string& key, absl::Duration life) { state_->Set(key, life); }

void Expiries::Clear(const std::string& key) { state_->Clear(key); }

std::vector<std::string> Expiries::TakeDue() { return state_->TakeDue(); }

}  // namespace nsm
