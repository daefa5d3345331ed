// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/memory_store.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"

namespace nsm {

template <typename Kind>
MemoryStore<Kind>::MemoryStore(const Clock& clock, TimerQueue& timers) : clock_(&clock) {
  expiries_.emplace(clock, timers, [this] { RemoveEnded(); });
}

template <typename Kind>
absl::StatusOr<std::optional<typename MemoryStore<Kind>::Versioned>> MemoryStore<Kind>::Get(
    const std::string& name) const {
  RemoveEnded();
  return known_.Get(name);
}

template <typename Kind>
std::vector<typename Kind::Entry> MemoryStore<Kind>::List() const {
  RemoveEnded();
  return known_.List();
}

template <typename Kind>
std::shared_ptr<FindCall> MemoryStore<Kind>::Find(typename Kind::Query query,
                                                  std::shared_ptr<FindSink<Kind>> sink) {
  RemoveEnded();
  return known_.Find(std::move(query), std::move(sink));
}

template <typename Kind>
absl::StatusOr<Revision> MemoryStore<Kind>::PutIf(Entry entry, const Revision& expected, absl::Time) {
  const std::string name = entry.name();
  MutexLock lock(mutex_);
  RemoveEndedLocked();
  RETURN_IF_ERROR(Check(name, expected));
  if (expiries_) {
    const absl::Time end = Kind::EndOf(entry);
    if (end == absl::InfiniteFuture()) {
      expiries_->Clear(name);
    } else {
      expiries_->Set(name, end - clock_->Now());
    }
  }
  Revision revision = absl::StrCat(++changes_);
  known_.Put(std::move(entry), revision);
  return revision;
}

template <typename Kind>
absl::Status MemoryStore<Kind>::RemoveIf(const std::string& name, const Revision& expected, absl::Time) {
  MutexLock lock(mutex_);
  RemoveEndedLocked();
  if (known_.RevisionOf(name) == kNoEntry) return absl::OkStatus();
  RETURN_IF_ERROR(Check(name, expected));
  if (expiries_) expiries_->Clear(name);
  known_.Erase(name);
  return absl::OkStatus();
}

template <typename Kind>
void MemoryStore<Kind>::RemoveEnded() const {
  if (!expiries_) return;
  MutexLock lock(mutex_);
  RemoveEndedLocked();
}

template <typename Kind>
void MemoryStore<Kind>::RemoveEndedLocked() const {
  if (!expiries_) return;
  for (const std::string& name : expiries_->TakeDue()) {
    spdlog::info("{} was not registered again in time; removing it", name);
    known_.Erase(name);
  }
}

template <typename Kind>
absl::Status MemoryStore<Kind>::Check(const std::string& name, const Revision& expected) const {
  if (known_.RevisionOf(name) == expected) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(name, " was changed by somebody else"));
}

template class MemoryStore<ServiceKind>;
template class MemoryStore<EndpointKind>;

}  // namespace nsm
