// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/lives.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace nsm {
namespace {

constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLongestRetry = absl::Minutes(1);

}  // namespace

void Lives::Set(const std::string& id, absl::Duration life, std::string reason, Close close) {
  MutexLock lock(mutex_);
  Life& known = lives_[id];
  known.close = std::move(close);
  Arm(id, known, life, std::move(reason));
}

void Lives::Shorten(const std::string& id, absl::Duration left, std::string reason) {
  MutexLock lock(mutex_);
  auto known = lives_.find(id);
  if (known == lives_.end() || known->second.end <= clock_.Elapsed() + left) return;
  Arm(id, known->second, left, std::move(reason));
}

void Lives::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  auto known = lives_.find(id);
  if (known == lives_.end()) return;
  timers_.Cancel(known->second.timer);
  lives_.erase(known);
}

void Lives::Arm(const std::string& id, Life& life, absl::Duration left, std::string reason) {
  timers_.Cancel(life.timer);
  life.end = clock_.Elapsed() + left;
  const uint64_t arming = life.arming = ++armings_;
  life.timer = timers_.Schedule(clock_.Now() + left, [this, id, arming, reason = std::move(reason)] {
    spdlog::info("connection {}: {}; closing it", id, reason);
    OnOver(id, arming, kFirstRetry);
  });
}

void Lives::OnOver(const std::string& id, uint64_t arming, absl::Duration pause) {
  Close close;
  {
    MutexLock lock(mutex_);
    auto known = lives_.find(id);
    if (known == lives_.end() || known->second.arming != arming) return;
    close = known->second.close;
  }
  close();
  MutexLock lock(mutex_);
  auto known = lives_.find(id);
  // A Close that has come here has had it forgotten.
  if (known == lives_.end() || known->second.arming != arming) return;
  known->second.timer = timers_.Schedule(clock_.Now() + pause, [this, id, arming, pause] {
    OnOver(id, arming, std::min(pause * 2, kLongestRetry));
  });
}

}  // namespace nsm
