// SPDX-License-Identifier: Apache-2.0
// The Kubernetes objects of one kind of registry entry, and which of them counts where several have the entry
// of one name: they may be in different namespaces, as others write them, too.
//
// Threading: none of its own.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "src/kubernetes/object.h"
#include "src/nsm/registry/registry_chain.h"
#include "src/nsm/registry/store.h"

namespace nsm::registry {

template <typename Kind>
class ObjectTable {
 public:
  using Entry = typename Kind::Entry;
  struct Object {
    kubernetes::ObjectPtr json;
    std::optional<Entry> entry;  // none: it makes none
    bool ended = false;          // it does not count any more, but is still there

    kubernetes::ObjectKey key() const { return kubernetes::KeyOf(*json); }
    Revision revision() const { return kubernetes::ResourceVersion(*json); }
  };

  // `own`: the namespace that this registry writes to.
  explicit ObjectTable(std::string own) : own_(std::move(own)) {}

  // Adds an object or replaces the one of its key. Whose names may mean another object now.
  std::vector<std::string> Set(Object object);
  std::vector<std::string> Erase(const kubernetes::ObjectKey& key);
  // It has ended: the same.
  std::vector<std::string> End(const kubernetes::ObjectKey& key);

  const Object* Find(const kubernetes::ObjectKey& key) const;
  // The one that counts: of services one with matches, since endpoints register theirs without; then one in
  // our own namespace, rather one that is called as we would call it; else the first by namespace and name.
  const Object* Of(const std::string& name) const;
  // The one that is to be written: the first of these in our own namespace, even if it has ended.
  const Object* OursOf(const std::string& name) const;

 private:
  // Those of one name, in the order in which they count.
  using Rank = std::tuple<bool, bool, bool, kubernetes::ObjectKey>;

  Rank RankOf(const Entry& entry, const kubernetes::ObjectKey& key) const;
  std::vector<std::string> Unname(const Object& object);

  const std::string own_;
  std::map<kubernetes::ObjectKey, Object> objects_;
  std::map<std::string, std::set<Rank>> names_;
};

}  // namespace nsm::registry
