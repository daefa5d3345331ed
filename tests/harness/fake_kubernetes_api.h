// SPDX-License-Identifier: Apache-2.0
// An API server in memory: objects with uid, resourceVersion and namespaces, conflicts, watches, versions
// that are too old, and outages.
//
// Threading: thread safe.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/api.h"

namespace nsm::kubernetes {

// Label selectors are "key=value[,key=value...]", field selectors "metadata.name=..." and
// "metadata.namespace=...". Any resource is known but those of ForgetResource.
class FakeApi final : public Api {
 public:
  absl::StatusOr<Json> Version() override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("version", {}));
    return Json{{"gitVersion", "v1.34.2"}, {"major", "1"}, {"minor", "34"}};
  }
  absl::StatusOr<Json> Get(const Resource& resource, const std::string& name) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("get", resource));
    ASSIGN_OR_RETURN(const Json* stored, Find(resource, name));
    return *stored;
  }
  absl::StatusOr<ObjectList> List(const Query& query, std::stop_token) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("list", query.resource));
    ObjectList list{.items = {}, .resource_version = absl::StrCat(version_)};
    for (const auto& [key, object] : objects_[Id(query.resource)]) {
      if (Selects(query, object)) list.items.push_back(object);
    }
    return list;
  }
  absl::StatusOr<Json> Create(const Resource& resource, const Json& object) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("create", resource));
    ASSIGN_OR_RETURN(Json made, Checked(resource, object));
    Json& metadata = made["metadata"];
    if (Name(made).empty()) {
      const std::string prefix = TextAt(made, "/metadata/generateName");
      if (prefix.empty()) return absl::InvalidArgumentError("name or generateName is required");
      metadata["name"] = absl::StrCat(prefix, version_ + 1);
    }
    if (!ResourceVersion(made).empty()) {
      return absl::InvalidArgumentError("resourceVersion should not be set on objects to be created");
    }
    if (objects_[Id(resource)].contains(KeyOf(made))) {
      return absl::AlreadyExistsError(absl::StrCat(resource.plural, " \"", Name(made), "\" already exists"));
    }
    metadata["uid"] = absl::StrCat("uid-", version_ + 1);
    metadata["creationTimestamp"] = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
    return Store(resource, std::nullopt, std::move(made));
  }
  absl::StatusOr<Json> Update(const Resource& resource, const Json& object) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("update", resource));
    ASSIGN_OR_RETURN(Json updated, Checked(resource, object));
    if (ResourceVersion(updated).empty()) {
      return absl::InvalidArgumentError("metadata.resourceVersion: must be specified for an update");
    }
    const std::string name = Name(updated);
    return Change(resource, name, std::move(updated));
  }
  absl::StatusOr<Json> Patch(const Resource& resource, const std::string& name,
                             const Json& merge_patch) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("patch", resource));
    ASSIGN_OR_RETURN(const Json* stored, Find(resource, name));
    Json patched = *stored;
    patched.merge_patch(merge_patch);
    return Change(resource, name, std::move(patched));
  }
  absl::Status Delete(const Resource& resource, const std::string& name,
                      const Preconditions& preconditions) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("delete", resource));
    ASSIGN_OR_RETURN(const Json* stored, Find(resource, name));
    RETURN_IF_ERROR(Expect(*stored, preconditions));
    const Json before = *stored;
    objects_[Id(resource)].erase(KeyOf(before));
    Json last = before;
    last["metadata"]["resourceVersion"] = absl::StrCat(++version_);
    Note({.version = version_, .resource = Id(resource), .before = before, .after = {}, .last = last});
    return absl::OkStatus();
  }
  absl::Status Watch(const Query& query, const std::string& from, std::stop_token stop,
                     const OnEvent& on_event) override;

  // From now on every call fails with UNAVAILABLE, and open watches end so.
  void GoAway() {
    MutexLock lock(mutex_);
    is_away_ = true;
    changed_.NotifyAll();
  }
  void ComeBack() {
    MutexLock lock(mutex_);
    is_away_ = false;
    changed_.NotifyAll();
  }
  // The next call of that verb ("get", "list", "create", "update", "patch", "delete", "watch") fails so.
  void FailNext(const std::string& verb, absl::Status status) {
    MutexLock lock(mutex_);
    failures_[verb].push_back(std::move(status));
  }
  // Ends open watches, OK, as servers do.
  void EndWatches() {
    MutexLock lock(mutex_);
    ++ends_;
    changed_.NotifyAll();
  }
  // Forgets all changes up to now: a watch from before is OUT_OF_RANGE; those that are open go on.
  void Compact() {
    MutexLock lock(mutex_);
    compacted_ = version_;
  }
  // Sends all open watches a bookmark.
  void SendBookmarks() {
    MutexLock lock(mutex_);
    ++bookmarks_;
    changed_.NotifyAll();
  }
  // As if the resource's CustomResourceDefinition were missing.
  void ForgetResource(const std::string& plural) {
    MutexLock lock(mutex_);
    forgotten_.insert(plural);
  }

  // Waits until so many watches are open at the same time.
  void AwaitWatches(size_t count) {
    MutexLock lock(mutex_);
    while (told_.size() != count) changed_.Wait(mutex_);
  }
  // Waits until those that are open have been told everything.
  void AwaitTold() {
    MutexLock lock(mutex_);
    const std::pair<uint64_t, int> everything = {version_, bookmarks_};
    while (!std::ranges::all_of(told_, [&](const auto& watch) { return watch.second >= everything; })) {
      changed_.Wait(mutex_);
    }
  }
  // Waits until there were so many calls of that verb.
  void AwaitCalls(const std::string& verb, int count) {
    MutexLock lock(mutex_);
    while (calls_[verb] < count) changed_.Wait(mutex_);
  }
  // How many calls of that verb there were, failed ones as well.
  int calls(const std::string& verb) const {
    MutexLock lock(mutex_);
    auto found = calls_.find(verb);
    return found != calls_.end() ? found->second : 0;
  }

 private:
  using ResourceId = std::pair<std::string, std::string>;  // group and plural
  struct Event {
    uint64_t version;
    ResourceId resource;
    std::optional<Json> before;
    std::optional<Json> after;
    std::optional<Json> last;  // what a DELETED event carries
  };

  static ResourceId Id(const Resource& resource) { return {resource.group, resource.plural}; }

  static bool Selects(const Query& query, const Json& object) {
    if (!query.resource.name_space.empty() && Namespace(object) != query.resource.name_space) return false;
    for (absl::string_view part : absl::StrSplit(query.label_selector, ',', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> label = absl::StrSplit(part, '=');
      const Json labels = object["metadata"].value("labels", Json::object());
      if (!labels.contains(label.first) || labels[label.first] != label.second) return false;
    }
    for (absl::string_view part : absl::StrSplit(query.field_selector, ',', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> field = absl::StrSplit(part, '=');
      if (field.first == "metadata.name" && field.second != Name(object)) return false;
      if (field.first == "metadata.namespace" && field.second != Namespace(object)) return false;
    }
    return true;
  }

  static absl::Status Expect(const Json& stored, const Preconditions& expected) {
    if (!expected.uid.empty() && expected.uid != Uid(stored)) {
      return absl::AbortedError("Precondition failed: UID in precondition differs");
    }
    if (!expected.resource_version.empty() && expected.resource_version != ResourceVersion(stored)) {
      return absl::AbortedError(
          "the object has been modified; please apply your changes to the latest version and try again");
    }
    return absl::OkStatus();
  }

  // With its namespace filled in.
  static absl::StatusOr<Json> Checked(const Resource& resource, Json object) {
    if (TextAt(object, "/apiVersion").empty() || TextAt(object, "/kind").empty()) {
      return absl::InvalidArgumentError("Object 'Kind' or 'apiVersion' is missing");
    }
    if (!resource.name_space.empty()) {
      if (!Namespace(object).empty() && Namespace(object) != resource.name_space) {
        return absl::InvalidArgumentError(
            "the namespace of the object does not match the namespace on the request");
      }
      object["metadata"]["namespace"] = resource.name_space;
    }
    return object;
  }

  absl::Status Enter(const std::string& verb, const Resource& resource) REQUIRES(mutex_) {
    ++calls_[verb];
    changed_.NotifyAll();
    if (auto& failures = failures_[verb]; !failures.empty()) {
      absl::Status status = failures.front();
      failures.pop_front();
      return status;
    }
    if (is_away_) return absl::UnavailableError("not connected");
    if (forgotten_.contains(resource.plural)) return absl::FailedPreconditionError("404 page not found");
    return absl::OkStatus();
  }
  absl::StatusOr<const Json*> Find(const Resource& resource, const std::string& name) REQUIRES(mutex_) {
    const auto& objects = objects_[Id(resource)];
    auto found = objects.find({.name_space = resource.name_space, .name = name});
    if (found != objects.end()) return &found->second;
    return absl::NotFoundError(absl::StrCat(resource.plural, " \"", name, "\" not found"));
  }
  // Replaces the object of that name, if it is the one that `updated` was made of.
  absl::StatusOr<Json> Change(const Resource& resource, const std::string& name, Json updated)
      REQUIRES(mutex_) {
    ASSIGN_OR_RETURN(const Json* stored, Find(resource, name));
    RETURN_IF_ERROR(Expect(*stored, {.uid = Uid(updated), .resource_version = ResourceVersion(updated)}));
    const Json before = *stored;
    for (const char* field : {"uid", "creationTimestamp", "resourceVersion"}) {
      updated["metadata"][field] = before["metadata"][field];
    }
    if (updated == before) return before;
    return Store(resource, before, std::move(updated));
  }
  Json Store(const Resource& resource, std::optional<Json> before, Json object) REQUIRES(mutex_) {
    object["metadata"]["resourceVersion"] = absl::StrCat(++version_);
    objects_[Id(resource)][KeyOf(object)] = object;
    Note({.version = version_, .resource = Id(resource), .before = before, .after = object, .last = {}});
    return object;
  }
  void Note(Event event) REQUIRES(mutex_) {
    history_.push_back(std::move(event));
    changed_.NotifyAll();
  }

  // What a watch makes of a change; none where it does not see it.
  static std::optional<WatchEvent> Seen(const Query& query, const Event& event) {
    using Type = WatchEvent::Type;
    if (event.resource != Id(query.resource)) return std::nullopt;
    const bool was = event.before && Selects(query, *event.before);
    const bool is = event.after && Selects(query, *event.after);
    if (is) return WatchEvent{.type = was ? Type::kModified : Type::kAdded, .object = *event.after};
    if (was) return WatchEvent{.type = Type::kDeleted, .object = event.last ? *event.last : *event.after};
    return std::nullopt;
  }

  mutable Mutex mutex_;
  CondVar changed_;
  uint64_t version_ GUARDED_BY(mutex_) = 1;
  uint64_t compacted_ GUARDED_BY(mutex_) = 0;
  std::map<ResourceId, std::map<ObjectKey, Json>> objects_ GUARDED_BY(mutex_);
  std::vector<Event> history_ GUARDED_BY(mutex_);
  std::map<std::string, std::deque<absl::Status>> failures_ GUARDED_BY(mutex_);
  std::map<std::string, int> calls_ GUARDED_BY(mutex_);
  std::set<std::string> forgotten_ GUARDED_BY(mutex_);
  bool is_away_ GUARDED_BY(mutex_) = false;
  // Up to where open watches have been told: version and bookmarks.
  std::map<const std::stop_token*, std::pair<uint64_t, int>> told_ GUARDED_BY(mutex_);
  int ends_ GUARDED_BY(mutex_) = 0;
  int bookmarks_ GUARDED_BY(mutex_) = 0;
};

inline absl::Status FakeApi::Watch(const Query& query, const std::string& from, std::stop_token stop,
                                   const OnEvent& on_event) {
  using Type = WatchEvent::Type;
  const std::stop_callback wake(stop, [this] {
    MutexLock lock(mutex_);
    changed_.NotifyAll();
  });
  uint64_t seen = 0;
  int ends = 0;
  int bookmarks = 0;
  {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(Enter("watch", query.resource));
    if (!absl::SimpleAtoi(from, &seen)) return absl::InvalidArgumentError("invalid resource version");
    if (seen < compacted_) return absl::OutOfRangeError(absl::StrCat("too old resource version: ", from));
    ends = ends_;
    bookmarks = bookmarks_;
  }
  on_event({.type = Type::kOpened, .object = {}});

  absl::Status end;
  MutexLock lock(mutex_);
  while (true) {
    told_[&stop] = {seen, bookmarks};
    changed_.NotifyAll();
    // What was not told yet is lost, as on a connection.
    if (stop.stop_requested()) end = absl::CancelledError("stopped");
    if (is_away_) end = absl::UnavailableError("broke off");
    if (!end.ok() || ends != ends_) break;
    std::vector<WatchEvent> events;
    for (const Event& event : history_) {
      if (event.version <= seen) continue;
      if (auto seen_event = Seen(query, event)) events.push_back(*std::move(seen_event));
    }
    seen = version_;
    if (std::exchange(bookmarks, bookmarks_) != bookmarks_) {
      events.push_back(
          {.type = Type::kBookmark, .object = {{"metadata", {{"resourceVersion", absl::StrCat(version_)}}}}});
    }
    if (!events.empty()) {
      mutex_.Unlock();
      for (WatchEvent& event : events) {
        if (!stop.stop_requested()) on_event(std::move(event));
      }
      mutex_.Lock();
      continue;
    }
    changed_.Wait(mutex_);
  }
  told_.erase(&stop);
  changed_.NotifyAll();
  return end;
}

}  // namespace nsm::kubernetes
