// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/picture.h"

#include <utility>

namespace nsm::kubernetes {
namespace {

// `version` is of the change where that is not the object's own.
void Remove(Picture& picture, Picture::iterator found, const std::string& version,
            std::vector<Change>& changes) {
  changes.push_back({.before = std::move(found->second), .after = nullptr, .resource_version = version});
  picture.erase(found);
}

void Put(Picture& picture, Json object, std::vector<Change>& changes) {
  const ObjectKey key = KeyOf(object);
  const std::string version = ResourceVersion(object);
  auto found = picture.find(key);
  if (found != picture.end() && Uid(*found->second) != Uid(object)) {
    Remove(picture, found, version, changes);
    found = picture.end();
  }
  if (found != picture.end() && ResourceVersion(*found->second) == version) return;
  ObjectPtr& place = picture[key];
  ObjectPtr before = std::exchange(place, std::make_shared<const Json>(std::move(object)));
  changes.push_back({.before = std::move(before), .after = place, .resource_version = version});
}

}  // namespace

std::vector<Change> Replace(Picture& picture, ObjectList list) {
  std::map<ObjectKey, Json> listed;
  for (Json& item : list.items) {
    ObjectKey key = KeyOf(item);
    listed.insert_or_assign(std::move(key), std::move(item));
  }
  std::vector<Change> changes;
  for (auto it = picture.begin(); it != picture.end();) {
    const auto known = it++;
    if (!listed.contains(known->first)) Remove(picture, known, list.resource_version, changes);
  }
  for (auto& [key, item] : listed) Put(picture, std::move(item), changes);
  return changes;
}

std::vector<Change> Apply(Picture& picture, WatchEvent event) {
  std::vector<Change> changes;
  switch (event.type) {
    case WatchEvent::Type::kAdded:
    case WatchEvent::Type::kModified:
      Put(picture, std::move(event.object), changes);
      break;
    case WatchEvent::Type::kDeleted:
      if (auto found = picture.find(KeyOf(event.object)); found != picture.end()) {
        Remove(picture, found, ResourceVersion(event.object), changes);
      }
      break;
    case WatchEvent::Type::kOpened:
    case WatchEvent::Type::kBookmark:
      break;
  }
  return changes;
}

}  // namespace nsm::kubernetes
