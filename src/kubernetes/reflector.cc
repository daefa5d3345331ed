// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/reflector.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/status.h"

namespace nsm::kubernetes {

Reflector::Reflector(Api& api, Options options, OnChanges on_changes)
    : api_(api),
      options_(std::move(options)),
      on_changes_(std::move(on_changes)),
      thread_([this](std::stop_token stop) { Run(stop); }) {}

Reflector::~Reflector() {
  thread_.request_stop();
  thread_.join();
}

Picture Reflector::picture() const {
  MutexLock lock(mutex_);
  return picture_;
}

ObjectPtr Reflector::Find(const ObjectKey& key) const {
  MutexLock lock(mutex_);
  auto found = picture_.find(key);
  return found != picture_.end() ? found->second : nullptr;
}

bool Reflector::listed() const {
  MutexLock lock(mutex_);
  return listed_;
}

absl::Status Reflector::state() const {
  MutexLock lock(mutex_);
  return state_;
}

void Reflector::Run(const std::stop_token& stop) {
  Backoff backoff(options_.backoff, std::random_device()());
  while (!stop.stop_requested()) {
    bool was_of_use = false;
    absl::Status status = version_.empty() ? List(stop) : absl::OkStatus();
    if (status.ok()) status = Watch(stop, &was_of_use);
    if (stop.stop_requested()) return;
    if (was_of_use) backoff.Reset();
    if (absl::IsOutOfRange(status)) version_.clear();
    // An end is no fault, and what is too old is mended by a list.
    const bool is_fault = !status.ok() && !absl::IsOutOfRange(status);
    if (is_fault) SetState(status);
    if (is_fault || !was_of_use) {
      Pause(std::max(backoff.Next(), RetryAfter(status).value_or(absl::ZeroDuration())), stop);
    }
  }
}

absl::Status Reflector::List(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(ObjectList list, api_.List(options_.query, stop));
  version_ = list.resource_version;
  if (options_.trim) {
    for (Json& item : list.items) item = options_.trim(std::move(item));
  }
  std::vector<Change> changes;
  bool tells = false;
  {
    MutexLock lock(mutex_);
    changes = Replace(picture_, std::move(list));
    tells = !std::exchange(listed_, true) || !changes.empty();
  }
  if (tells) on_changes_(changes);
  return absl::OkStatus();
}

absl::Status Reflector::Watch(const std::stop_token& stop, bool* was_of_use) {
  const absl::Duration start = Elapsed();
  absl::Status status = api_.Watch(options_.query, version_, stop, [&](WatchEvent event) {
    if (event.type == WatchEvent::Type::kOpened) return SetState(absl::OkStatus());
    *was_of_use = true;
    OnEvent(std::move(event));
  });
  *was_of_use |= status.ok() && Elapsed() - start > options_.backoff.longest;
  return status;
}

void Reflector::OnEvent(WatchEvent event) {
  version_ = ResourceVersion(event.object);
  if (options_.trim) event.object = options_.trim(std::move(event.object));
  std::vector<Change> changes;
  {
    MutexLock lock(mutex_);
    changes = Apply(picture_, std::move(event));
  }
  if (!changes.empty()) on_changes_(changes);
}

void Reflector::SetState(const absl::Status& state) {
  {
    MutexLock lock(mutex_);
    if (std::exchange(state_, state) == state) return;
  }
  const std::string what = ToString(options_.query.resource);
  if (state.ok()) {
    spdlog::info("following {}", what);
  } else {
    spdlog::warn("not following {}, trying again: {}", what, state.ToString());
  }
}

void Reflector::Pause(absl::Duration time, const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    MutexLock lock(mutex_);
    stopped_.NotifyAll();
  });
  const absl::Duration until = Elapsed() + time;
  MutexLock lock(mutex_);
  for (absl::Duration left = time; left > absl::ZeroDuration() && !stop.stop_requested();
       left = until - Elapsed()) {
    stopped_.WaitFor(mutex_, left);
  }
}

}  // namespace nsm::kubernetes
