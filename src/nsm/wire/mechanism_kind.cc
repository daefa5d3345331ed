// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/mechanism_kind.h"

#include <utility>

namespace nsm {

std::string MechanismKind::ToString() const {
  std::string text(cls.empty() ? "(no class)" : cls);
  text += " ";
  return text += type.empty() ? "(no type)" : type;
}

MechanismKind KindOf(const Mechanism& mechanism) { return {mechanism.cls(), mechanism.type()}; }

Mechanism MakeMechanism(const MechanismKind& kind) {
  Mechanism mechanism;
  mechanism.set_cls(std::string(kind.cls));
  mechanism.set_type(std::string(kind.type));
  return mechanism;
}

Mechanism MakeKernel(std::string inode_url, std::string name) {
  Mechanism mechanism = MakeMechanism(kLocalKernel);
  (*mechanism.mutable_parameters())[mechanism::kInodeUrl] = std::move(inode_url);
  (*mechanism.mutable_parameters())[mechanism::kName] = std::move(name);
  return mechanism;
}

}  // namespace nsm
