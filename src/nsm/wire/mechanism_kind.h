// SPDX-License-Identifier: Apache-2.0
// What a mechanism is, apart from its parameters.
#pragma once

#include <string>
#include <string_view>

#include "src/nsm/wire/wire.h"

namespace nsm {

// The class says whether both ends are on one node (LOCAL) or need not be (REMOTE), the type how packets go.
// Only views the texts.
struct MechanismKind {
  std::string_view cls;
  std::string_view type;
  bool is_local() const { return cls == mechanism::kLocal; }
  std::string ToString() const;  // "REMOTE VXLAN"
  bool operator==(const MechanismKind&) const = default;
};

// An interface in a pod: the one mechanism of clients and endpoints.
inline constexpr MechanismKind kLocalKernel{mechanism::kLocal, mechanism::kKernel};
inline constexpr MechanismKind kRemoteVxlan{mechanism::kRemote, mechanism::kVxlan};

// Valid as long as the mechanism, and while its class and type stay.
MechanismKind KindOf(const Mechanism& mechanism);

// Without parameters.
Mechanism MakeMechanism(const MechanismKind& kind);
// LOCAL KERNEL: the interface `name` in the namespace with this inode.
Mechanism MakeKernel(std::string inode_url, std::string name);

}  // namespace nsm
