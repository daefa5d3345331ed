// SPDX-License-Identifier: Apache-2.0
// The store of a registry that is alone: in the memory of this process.
//
// Threading: thread safe. Sinks are called under the store's lock, which is what keeps changes in order.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/core/mutex.h"
#include "src/nsm/registry/store.h"

namespace nsm {

template <typename Kind>
class MemoryStore final : public Store<Kind> {
 public:
  using Entry = typename Kind::Entry;
  using typename Store<Kind>::Versioned;
  MemoryStore();
  // Ends the watches that are open with UNAVAILABLE.
  ~MemoryStore() override;

  absl::StatusOr<uint64_t> Put(Entry entry) override;
  absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const override;
  absl::Status Remove(const std::string& name) override;
  std::shared_ptr<FindCall> Find(typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink) override;

  std::vector<Entry> List() const;
  size_t watches() const;

 private:
  class State;
  const std::shared_ptr<State> state_;  // watches that are cancelled late may outlive the store
};

}  // namespace nsm
