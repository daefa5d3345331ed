// SPDX-License-Identifier: Apache-2.0
// What a store knows: answers its searches, and tells the open ones every change.
//
// Threading: thread safe. Sinks are called under a lock of this object, which is what keeps changes in order.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/nsm/registry/store.h"

namespace nsm {

template <typename Kind>
class KnownEntries {
 public:
  using Entry = typename Kind::Entry;
  using Versioned = typename Store<Kind>::Versioned;
  KnownEntries();
  // Ends the watches that are open with UNAVAILABLE.
  ~KnownEntries();

  // Adds an entry or replaces the one of its name.
  void Put(Entry entry, Revision revision);
  void Erase(const std::string& name);

  std::optional<Versioned> Get(const std::string& name) const;
  // kNoEntry if there is none.
  Revision RevisionOf(const std::string& name) const;
  std::vector<Entry> List() const;
  size_t watches() const;
  // As Store::Find.
  std::shared_ptr<FindCall> Find(typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink);

 private:
  class State;
  const std::shared_ptr<State> state_;  // watches that are cancelled late may outlive this
};

}  // namespace nsm
