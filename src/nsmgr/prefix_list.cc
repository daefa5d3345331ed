// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/prefix_list.h"

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/yaml.h"
#include "src/nsm/wire/limits.h"

namespace nsm::nsmgr {

absl::StatusOr<std::vector<IpPrefix>> PrefixList::ParseYaml(const std::string& text) {
  std::vector<IpPrefix> prefixes;
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text));
  if (root.IsNull()) return prefixes;
  const YAML::Node list = root.IsMap() ? root["Prefixes"] : YAML::Node(YAML::NodeType::Undefined);
  if (list && list.IsNull()) return prefixes;
  if (!list || !list.IsSequence()) return absl::InvalidArgumentError("expected a list \"Prefixes:\"");
  for (const YAML::Node& entry : list) {
    if (!entry.IsScalar()) return absl::InvalidArgumentError("expected a prefix in each line of the list");
    ASSIGN_OR_RETURN(IpPrefix prefix, IpPrefix::Parse(entry.Scalar()));
    prefixes.push_back(prefix.Masked());
  }
  if (prefixes.size() > limits::kExcludedPrefixes) {
    return absl::InvalidArgumentError(
        absl::StrCat(prefixes.size(), " prefixes: at most ", limits::kExcludedPrefixes));
  }
  return prefixes;
}

void PrefixList::Replace(std::vector<IpPrefix> prefixes) {
  MutexLock lock(mutex_);
  prefixes_ = std::move(prefixes);
}

std::vector<IpPrefix> PrefixList::Get() const {
  MutexLock lock(mutex_);
  return prefixes_;
}

}  // namespace nsm::nsmgr
