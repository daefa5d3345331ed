// SPDX-License-Identifier: Apache-2.0
// Which objects of an API server are meant.
#pragma once

#include <string>

namespace nsm::kubernetes {

struct Resource {
  std::string group;       // empty: the core group
  std::string version;     // "v1"
  std::string plural;      // "nodes"
  std::string name_space;  // empty: those that belong to no namespace, or, for List and Watch, those of all
  bool operator==(const Resource&) const = default;
};

// For messages: "nodes", "networkservices.networkservicemesh.io in namespace nsm-system".
std::string ToString(const Resource& resource);

// What List and Watch look for. Selectors are as kubectl takes them; empty ones select all.
struct Query {
  Resource resource;
  std::string label_selector;
  std::string field_selector;
};

}  // namespace nsm::kubernetes
