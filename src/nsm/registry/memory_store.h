// SPDX-License-Identifier: Apache-2.0
// The store of a registry that is alone: in the memory of this process.
//
// Threading: thread safe. Sinks are called under locks of the store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/nsm/registry/expiries.h"
#include "src/nsm/registry/known_entries.h"

namespace nsm {

template <typename Kind>
class MemoryStore final : public Store<Kind> {
 public:
  using Entry = typename Kind::Entry;
  using typename Store<Kind>::Versioned;
  // Clock and timers outlive this.
  MemoryStore(const Clock& clock, TimerQueue& timers);
  // Knows no time: somebody else ends what ends.
  MemoryStore() = default;

  absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const override;
  std::vector<Entry> List() const override;
  std::shared_ptr<FindCall> Find(typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink) override;
  size_t watches() const override { return known_.watches(); }
  absl::StatusOr<Revision> PutIf(Entry entry, const Revision& expected, absl::Time deadline) override;
  absl::Status RemoveIf(const std::string& name, const Revision& expected, absl::Time deadline) override;

 private:
  void RemoveEnded() const EXCLUDES(mutex_);
  void RemoveEndedLocked() const REQUIRES(mutex_);
  absl::Status Check(const std::string& name, const Revision& expected) const REQUIRES(mutex_);

  const Clock* clock_ = nullptr;
  // Whoever looks removes what has ended, so that it is gone for everybody at the same time.
  mutable Mutex mutex_;
  uint64_t changes_ GUARDED_BY(mutex_) = 0;
  mutable KnownEntries<Kind> known_;
  mutable std::optional<Expiries> expiries_;  // first to go: its function uses the others
};

}  // namespace nsm
