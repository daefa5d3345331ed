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
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

// For the unregistration that no caller waits for.
constexpr absl::Duration kUnregisterTime = absl::Seconds(5);

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

  void Arm(const Entry& entry, const RegistryPath& path, absl::Time when, RegistryNext<EndpointKind> next)
      EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    Slot& slot = slots_[entry.name()];
    uint64_t armed = slot.armed = ++arms_;
    slot.timer = timers_.Schedule(when, [self = shared_from_this(), entry, path, next, armed] {
      self->OnExpired(entry, path, next, armed);
    });
  }

  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (auto& [name, slot] : slots_) timers_.Cancel(std::exchange(slot.timer, 0));
    while (expiring_ > 0) changed_.Wait(mutex_);
  }

 private:
  struct Slot {
    bool taken = false;
    int waiting = 0;
    TimerId timer = 0;
    uint64_t armed = 0;  // which arming it was, so that a timer that comes late knows that it was replaced
  };

  absl::Status TakeLocked(const std::string& name, absl::Time deadline) REQUIRES(mutex_) {
    Slot& slot = slots_[name];
    ++slot.waiting;
    while (slot.taken) {
      absl::Duration left = deadline - clock_.Now();
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

  void OnExpired(const Entry& entry, const RegistryPath& path, RegistryNext<EndpointKind> next,
                 uint64_t armed) EXCLUDES(mutex_) {
    absl::Time deadline = clock_.Now() + kUnregisterTime;
    {
      MutexLock lock(mutex_);
      auto it = slots_.find(entry.name());
      if (stopping_ || it == slots_.end() || it->second.armed != armed) return;
      // Behind a call that takes too long: that one decides.
      if (!TakeLocked(entry.name(), deadline).ok()) return;
      Slot& slot = slots_[entry.name()];
      if (stopping_ || slot.armed != armed) return GiveLocked(entry.name());
      slot.timer = 0;
      ++expiring_;
    }
    spdlog::info("endpoint {}: not renewed in time; removing it", entry.name());
    Context context;
    context.deadline = deadline;
    context.registry_path = path;  // hops behind us let only the registrant unregister
    absl::Status status = next.Unregister(context, entry);
    if (!status.ok()) spdlog::warn("endpoint {}: removing it: {}", entry.name(), status.ToString());
    MutexLock lock(mutex_);
    --expiring_;
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
  absl::Time expiry = Expiry(context, entry);
  if (expiry <= clock_.Now()) {
    return absl::InvalidArgumentError(
        absl::StrCat("endpoint ", name, ": its expiry or its token's has passed"));
  }
  *entry.mutable_expiration_time() = ToTimestamp(expiry);
  RETURN_IF_ERROR(names_->Take(name, context.deadline));
  const RegistryPath path = context.registry_path;
  absl::StatusOr<Entry> registered = next.Register(context, std::move(entry));
  if (registered.ok()) {
    if (registered->has_expiration_time())
      expiry = std::min(expiry, FromTimestamp(registered->expiration_time()));
    names_->Disarm(name);
    names_->Arm(*registered, path, expiry, next);
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

absl::Time RegistryExpire::Expiry(const Context& context, const Entry& entry) const {
  absl::Time expiry = clock_.Now() + default_life_;
  if (context.caller.token_expires > absl::InfinitePast())
    expiry = std::min(expiry, context.caller.token_expires);
  if (entry.has_expiration_time()) expiry = std::min(expiry, FromTimestamp(entry.expiration_time()));
  return expiry;
}

}  // namespace nsm
