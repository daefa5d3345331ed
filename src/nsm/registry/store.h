// SPDX-License-Identifier: Apache-2.0
// Where a registry keeps its entries: in this process, or where several replicas share them. No replica has
// anything that another would miss.
//
// Revisions. Each change gives an entry another revision, which nobody reads anything into. Who changes an
// entry says which revision has been looked at, and is refused (ABORTED) if it is no longer that one: then
// the store already knows the newer one, and it is decided again (Change does that).
//
// Expiry. An entry says itself when it ends (Kind::EndOf), whoever put it. Each replica judges that by
// itself, and removes what has ended on condition that it still has the revision that was judged: a renewal
// by another replica is never undone.
//
// Lists and watches. A search with watch tells what there is and from there every change, in order: nothing
// is lost in between. It is told the same whichever replica made the change.
//
// Threading: thread safe. All but Find, Get and List may block.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "src/core/status_macros.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

using Revision = std::string;
inline const Revision kNoEntry;  // that of an entry which is not there

template <typename Kind>
class Store {
 public:
  using Entry = typename Kind::Entry;
  struct Versioned {
    Entry entry;
    Revision revision;
  };
  // What shall be there, or nothing, given what is there, or null. Called again if that was overtaken.
  using Decide = std::function<absl::StatusOr<std::optional<Entry>>(const Entry* known)>;

  virtual ~Store() = default;

  // What is known here. After a Put or a Remove of this replica it is that, or something newer. UNAVAILABLE:
  // nothing is known yet.
  virtual absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const = 0;
  virtual std::vector<Entry> List() const = 0;
  // As RegistryElement::Find. What is there comes first, then, for a query with watch, every change; an entry
  // that is removed, or that the query no longer fits, comes with deleted set. UNAVAILABLE: as Get.
  virtual std::shared_ptr<FindCall> Find(typename Kind::Query query,
                                         std::shared_ptr<FindSink<Kind>> sink) = 0;
  // How many searches with watch are open.
  virtual size_t watches() const = 0;

  // Adds an entry (`expected` is kNoEntry) or replaces the one of its name. Its revision from now on.
  // ABORTED: see above. UNAVAILABLE: the store could not be reached until `deadline`, nothing may be kept.
  virtual absl::StatusOr<Revision> PutIf(Entry entry, const Revision& expected, absl::Time deadline) = 0;
  // OK if there is none.
  virtual absl::Status RemoveIf(const std::string& name, const Revision& expected, absl::Time deadline) = 0;

  // Changes the entry of a name whatever others do meanwhile. Its revision then. An error of `decide` ends it
  // and leaves everything as it is.
  absl::StatusOr<Revision> Change(const std::string& name, const Decide& decide, absl::Time deadline);
  // Whatever was there before.
  absl::StatusOr<Revision> Put(Entry entry, absl::Time deadline = absl::InfiniteFuture());
  absl::Status Remove(const std::string& name, absl::Time deadline = absl::InfiniteFuture());
};

// Element, the last of a chain: a store.
template <typename Kind>
class StoreRegistry final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  explicit StoreRegistry(Store<Kind>& store) : store_(store) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind>) override {
    RETURN_IF_ERROR(store_.Put(entry, context.deadline).status());
    return entry;
  }
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind>) override {
    return store_.Remove(entry.name(), context.deadline);
  }
  std::shared_ptr<FindCall> Find(const Context&, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind>) override {
    return store_.Find(std::move(query), std::move(sink));
  }

 private:
  Store<Kind>& store_;
};

}  // namespace nsm
