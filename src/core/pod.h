// SPDX-License-Identifier: Apache-2.0
// A pod of a cluster, as the node's kubelet knows it.
#pragma once

#include <string>

namespace nsm {

struct Pod {
  std::string name;
  std::string name_space;
  std::string uid;  // of this pod alone, also where a later one has its name
  std::string service_account;
  bool operator==(const Pod&) const = default;

  // "NAMESPACE/NAME", for people.
  std::string ToString() const { return name_space + "/" + name; }
};

}  // namespace nsm
