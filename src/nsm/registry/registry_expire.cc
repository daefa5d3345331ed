// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_expire.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/nsm/registry/registration_life.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

// For the unregistration that no caller waits for.
constexpr absl::Duration kUnregisterTime = absl::Seconds(5);
constexpr absl::Duration kFirstRetry = absl::Seconds(1);
constexpr absl::Duration kLongestRetry = absl::Minutes(1);

// Whether a removal that ended so may do better later.
bool IsWorthAnotherTry(const absl::Status& status) {
  return !status.ok() && !absl::IsNotFound(status) && !absl::IsPermissionDenied(status);
}

}  // namespace

// The timers and the turns of all names. Shared with the timers' functions, which may come late.
class RegistryExpire::Names : public std::enable_shared_from_this<Names> {
 public:
  Names(const Clock& clock, TimerQueue& timers) : clock_(clock), timers_(timers) {}

  absl::Status Take(const std::string& name, absl::Time deadline) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return TakeLocked(name, deadline);
  }

  void Give(const std::string& name) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    GiveLocked(name);
  }

  // The caller has the name's turn, here and below.
  void Disarm(const std::string& name) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Slot& slot = slots_[name];
    timers_.Cancel(std::exchange(slot.timer, 0));
    slot.armed = 0;
  }

  void Arm(const Entry& entry, const RegistryPath& path, absl::Duration life, RegistryNext<EndpointKind> next)
      EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Slot& slot = slots_[entry.name()];
    slot.armed = ++arms_;
    Schedule({entry, path, next, slot.armed}, life, slot);
  }

  // It was to be renewed, and the registry could not be told: what is armed for it waits for that long.
  void Postpone(const std::string& name, absl::Duration life) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Slot& slot = slots_[name];
    if (slot.timer == 0) return;
    timers_.Cancel(std::exchange(slot.timer, 0));
    Removal removal = *slot.removal;
    slot.armed = removal.armed = ++arms_;
    removal.pause = kFirstRetry;
    Schedule(std::move(removal), life, slot);
  }

  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (auto& [name, slot] : slots_) timers_.Cancel(std::exchange(slot.timer, 0));
    while (expiring_ > 0) changed_.Wait(mutex_);
  }

 private:
  // What to do when an entry's life is over.
  struct Removal {
    Entry entry;
    RegistryPath path;
    RegistryNext<EndpointKind> next;
    uint64_t armed = 0;
    absl::Duration pause = kFirstRetry;  // before the next try, if this one fails
  };
  struct Slot {
    bool taken = false;
    int waiting = 0;
    TimerId timer = 0;
    std::shared_ptr<const Removal> removal;  // that the timer is for
    uint64_t armed = 0;  // which arming it was, so that a timer that comes late knows that it was replaced
  };

  void Schedule(Removal removal, absl::Duration after, Slot& slot) REQUIRES(mutex_) {
    slot.removal = std::make_shared<Removal>(std::move(removal));
    slot.timer = timers_.Schedule(clock_.Now() + after, [self = shared_from_this(), removal = slot.removal] {
      self->OnExpired(*removal);
    });
  }

  // Unless it was renewed or removed meanwhile.
  void TryLater(const Removal& removal) REQUIRES(mutex_) {
    auto it = slots_.find(removal.entry.name());
    if (stopping_ || it == slots_.end() || it->second.armed != removal.armed) return;
    Removal later = removal;
    later.pause = std::min(removal.pause * 2, kLongestRetry);
    Schedule(std::move(later), removal.pause, it->second);
  }

  absl::Status TakeLocked(const std::string& name, absl::Time deadline) REQUIRES(mutex_) {
    const absl::Duration end = clock_.Elapsed() + (deadline - clock_.Now());
    Slot& slot = slots_[name];
    ++slot.waiting;
    while (slot.taken) {
      absl::Duration left = end - clock_.Elapsed();
      if (left <= absl::ZeroDuration()) break;
      changed_.WaitFor(mutex_, left);
    }
    --slot.waiting;
    if (slot.taken) {
      return absl::DeadlineExceededError(
          absl::StrCat("endpoint ", name, ": an earlier call for it is still running"));
    }
    slot.taken = true;
    return absl::OkStatus();
  }

  void GiveLocked(const std::string& name) REQUIRES(mutex_) {
    auto it = slots_.find(name);
    it->second.taken = false;
    if (it->second.waiting == 0 && it->second.timer == 0) slots_.erase(it);
    changed_.NotifyAll();
  }

  void OnExpired(const Removal& removal) EXCLUDES(mutex_) {
    const Entry& entry = removal.entry;
    absl::Time deadline = clock_.Now() + kUnregisterTime;
    {
      MutexLock lock(mutex_);
      auto it = slots_.find(entry.name());
      if (stopping_ || it == slots_.end() || it->second.armed != removal.armed) return;
      if (!TakeLocked(entry.name(), deadline).ok()) return TryLater(removal);
      Slot& slot = slots_[entry.name()];
      if (stopping_ || slot.armed != removal.armed) return GiveLocked(entry.name());
      slot.timer = 0;
      ++expiring_;
    }
    spdlog::info("endpoint {}: not renewed in time; removing it", entry.name());
    Context context;
    context.deadline = deadline;
    context.registry_path = removal.path;  // hops behind us let only the registrant unregister
    absl::Status status = removal.next.Unregister(context, entry);
    if (!status.ok()) spdlog::warn("endpoint {}: removing it: {}", entry.name(), status.ToString());
    MutexLock lock(mutex_);
    --expiring_;
    if (IsWorthAnotherTry(status)) TryLater(removal);
    GiveLocked(entry.name());
  }

  const Clock& clock_;
  TimerQueue& timers_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  int expiring_ GUARDED_BY(mutex_) = 0;
  uint64_t arms_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, Slot> slots_ GUARDED_BY(mutex_);
};

RegistryExpire::RegistryExpire(const Clock& clock, TimerQueue& timers, absl::Duration default_life)
    : clock_(clock), default_life_(default_life), names_(std::make_shared<Names>(clock, timers)) {}

RegistryExpire::~RegistryExpire() { names_->Stop(); }

absl::StatusOr<NetworkServiceEndpoint> RegistryExpire::Register(Context& context, Entry entry,
                                                                RegistryNext<EndpointKind> next) {
  const std::string name = entry.name();
  ASSIGN_OR_RETURN(absl::Duration life, RegistrationLife(context.caller, entry, default_life_, clock_.Now()));
  *entry.mutable_expiration_time() = ToTimestamp(clock_.Now() + life);
  RETURN_IF_ERROR(names_->Take(name, context.deadline));
  const RegistryPath path = context.registry_path;
  absl::StatusOr<Entry> registered = next.Register(context, std::move(entry));
  if (registered.ok()) {
    // The registry's time may be another than ours, which is our caller's.
    const absl::Time now = clock_.Now();
    const std::string token = TokenOfNextHop(context.registry_path);
    const absl::Time end =
        registered->has_expiration_time() ? EndpointKind::EndOf(*registered) : absl::InfinitePast();
    absl::StatusOr<absl::Duration> given = LifeOf(end, token, now);
    if (given.ok()) {
      if (registered->has_expiration_time()) life = std::min(life, *given);
      *registered->mutable_expiration_time() = ToTimestamp(now + life);
    } else {
      registered =
          absl::Status(given.status().code(),
                       absl::StrCat("endpoint ", name, ": its registry: ", given.status().message()));
    }
  }
  if (registered.ok()) {
    names_->Disarm(name);
    names_->Arm(*registered, path, life, next);
  } else if (absl::IsUnavailable(registered.status()) || absl::IsDeadlineExceeded(registered.status())) {
    names_->Postpone(name, life);
  }
  names_->Give(name);
  return registered;
}

absl::Status RegistryExpire::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) {
  const std::string name = entry.name();
  RETURN_IF_ERROR(names_->Take(name, context.deadline));
  absl::Status status = next.Unregister(context, std::move(entry));
  // Where it failed the entry is still there, and so is its expiry.
  if (status.ok()) names_->Disarm(name);
  names_->Give(name);
  return status;
}

}  // namespace nsm
