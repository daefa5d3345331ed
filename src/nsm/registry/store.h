// SPDX-License-Identifier: Apache-2.0
// Where a registry keeps its entries. The one seam behind which they may live in this process or in a store
// that several machines share.
//
// Threading: thread safe. All but Find may block.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "src/core/status_macros.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

template <typename Kind>
class Store {
 public:
  using Entry = typename Kind::Entry;
  // An entry with the number of its last change. Every change of the store has a greater one than those
  // before.
  struct Versioned {
    Entry entry;
    uint64_t revision = 0;
  };

  virtual ~Store() = default;
  // Adds an entry or replaces the one of its name. The revision of this change.
  virtual absl::StatusOr<uint64_t> Put(Entry entry) = 0;
  virtual absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const = 0;
  // OK if there is none.
  virtual absl::Status Remove(const std::string& name) = 0;
  // As RegistryElement::Find. What is there comes first, then, for a query with watch, every change in order
  // of revision; an entry that is removed, or that the query no longer fits, comes with deleted set.
  virtual std::shared_ptr<FindCall> Find(typename Kind::Query query,
                                         std::shared_ptr<FindSink<Kind>> sink) = 0;
};

// Element, the last of a chain: a store.
template <typename Kind>
class StoreRegistry final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  explicit StoreRegistry(Store<Kind>& store) : store_(store) {}
  absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<Kind>) override {
    RETURN_IF_ERROR(store_.Put(entry).status());
    return entry;
  }
  absl::Status Unregister(Context&, Entry entry, RegistryNext<Kind>) override {
    return store_.Remove(entry.name());
  }
  std::shared_ptr<FindCall> Find(const Context&, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind>) override {
    return store_.Find(std::move(query), std::move(sink));
  }

 private:
  Store<Kind>& store_;
};

}  // namespace nsm
