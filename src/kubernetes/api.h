// SPDX-License-Identifier: Apache-2.0
// What can be done with the objects of an API server.
//
// Errors, whichever the implementation:
//   NOT_FOUND            there is no such object
//   FAILED_PRECONDITION  the server knows no such resource: its CustomResourceDefinition is missing
//   ALREADY_EXISTS       Create: there is one of that name
//   ABORTED              Update, Patch, Delete: it is not the version, or not the object, that was expected
//   INVALID_ARGUMENT     the server's validation or an admission webhook refused the object
//   PERMISSION_DENIED    RBAC or an admission webhook forbids it
//   UNAUTHENTICATED      the server does not know who asks
//   OUT_OF_RANGE         Watch: the version is too old, list again
//   UNAVAILABLE          not reached, broke off, or is too busy: it may or may not have been done; try again
//   CANCELLED            stopped by the caller
// The message has what was tried and the server's own words. RetryAfter (status.h) of it is what the server
// asks for.
//
// Threading: thread safe. All of these block, and all but Watch have a deadline of the implementation.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/kubernetes/object.h"
#include "src/kubernetes/resource.h"

namespace nsm::kubernetes {

struct ObjectList {
  std::vector<Json> items;
  std::string resource_version;  // of the list: what a Watch goes on from
};

struct WatchEvent {
  enum class Type {
    kOpened,  // the server has taken the watch up; no object
    kAdded,
    kModified,
    kDeleted,   // the object as it was last, with the resourceVersion of its deletion
    kBookmark,  // nothing else has happened up to the object's resourceVersion, which is all that it has
  };
  Type type = Type::kBookmark;
  Json object;
};

// What Delete expects; empty: anything.
struct Preconditions {
  std::string uid;
  std::string resource_version;
};

class Api {
 public:
  using OnEvent = std::function<void(WatchEvent event)>;

  virtual ~Api() = default;

  // What the server says of itself: "gitVersion" ("v1.34.2"), "major" ("1"), "minor" ("34", or "34+").
  virtual absl::StatusOr<Json> Version() = 0;
  virtual absl::StatusOr<Json> Get(const Resource& resource, const std::string& name) = 0;
  // All of them, as they were together at one time. Built-in objects of a list lack kind and apiVersion.
  virtual absl::StatusOr<ObjectList> List(const Query& query, std::stop_token stop) = 0;
  // All of these answer with the object as it is afterwards. An object needs apiVersion and kind, and in its
  // metadata a name, or generateName for Create.
  virtual absl::StatusOr<Json> Create(const Resource& resource, const Json& object) = 0;
  // Only the version that the object's resourceVersion names is replaced.
  virtual absl::StatusOr<Json> Update(const Resource& resource, const Json& object) = 0;
  // A merge patch (RFC 7386): its values replace, null removes. With a metadata.resourceVersion in it, only
  // that version is changed.
  virtual absl::StatusOr<Json> Patch(const Resource& resource, const std::string& name,
                                     const Json& merge_patch) = 0;
  virtual absl::Status Delete(const Resource& resource, const std::string& name,
                              const Preconditions& preconditions) = 0;

  // Calls `on_event`, on this thread, with every change after the resource version `from`, in order. OK: the
  // server has ended it, as it may at any time. Whatever the end, all went well up to the last event: go on
  // from its resource version, except after OUT_OF_RANGE.
  virtual absl::Status Watch(const Query& query, const std::string& from, std::stop_token stop,
                             const OnEvent& on_event) = 0;
};

}  // namespace nsm::kubernetes
