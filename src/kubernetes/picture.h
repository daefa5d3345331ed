// SPDX-License-Identifier: Apache-2.0
// What is known of a resource's objects, and how it changes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/kubernetes/api.h"

namespace nsm::kubernetes {

using Picture = std::map<ObjectKey, ObjectPtr>;

// An object is added (no `before`), deleted (no `after`) or updated. One that was deleted and made again is
// both, in this order.
struct Change {
  ObjectPtr before;  // as it was told last
  ObjectPtr after;
  std::string resource_version;  // of the change; of one that only a new list shows, the list's
};

// Makes `picture` what the list shows. What has changed, by key; what was deleted comes before what is there.
std::vector<Change> Replace(Picture& picture, ObjectList list);
// Takes an event of a watch in; one that says what is known already is no change.
std::vector<Change> Apply(Picture& picture, WatchEvent event);

}  // namespace nsm::kubernetes
