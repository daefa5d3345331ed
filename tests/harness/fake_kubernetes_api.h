// SPDX-License-Identifier: Apache-2.0
// An API server in memory: objects with uid, resourceVersion and namespaces, conflicts, watches, versions
// that are too old, and outages.
//
// Threading: thread safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/core/mutex.h"
#include "src/kubernetes/api.h"

namespace nsm::kubernetes {

// Label selectors are "key=value[,key=value...]", field selectors "metadata.name=..." and
// "metadata.namespace=...". Any resource is known but those of ForgetResource.
class FakeApi final : public Api {
 public:
  absl::StatusOr<Json> Get(const Resource& resource, const std::string& name) override;
  absl::StatusOr<ObjectList> List(const Query& query, std::stop_token stop) override;
  absl::StatusOr<Json> Create(const Resource& resource, const Json& object) override;
  absl::StatusOr<Json> Update(const Resource& resource, const Json& object) override;
  absl::StatusOr<Json> Patch(const Resource& resource, const std::string& name,
                             const Json& merge_patch) override;
  absl::Status Delete(const Resource& resource, const std::string& name,
                      const Preconditions& preconditions) override;
  absl::Status Watch(const Query& query, const std::string& from, std::stop_token stop,
                     const OnEvent& on_event) override;

  // From now on every call fails with UNAVAILABLE, and open watches end so.
  void GoAway();
  void ComeBack();
  // The next call of that verb ("get", "list", "create", "update", "patch", "delete", "watch") fails so.
  void FailNext(const std::string& verb, absl::Status status);
  // Ends open watches, OK, as servers do.
  void EndWatches();
  // Forgets all changes up to now: a watch from before is OUT_OF_RANGE; those that are open go on.
  void Compact();
  // Sends all open watches a bookmark.
  void SendBookmarks();
  // As if the resource's CustomResourceDefinition were missing.
  void ForgetResource(const std::string& plural);

  // Waits until so many watches are open at the same time.
  void AwaitWatches(size_t count);
  // How many calls of that verb there were, failed ones as well.
  int calls(const std::string& verb) const;
};

}  // namespace nsm::kubernetes
