// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/address_map.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/status_macros.h"
#include "src/core/url.h"
#include "src/nsm/config/yaml.h"

namespace nsm {

absl::StatusOr<AddressMap::Entries> AddressMap::ParseYaml(const std::string& text) {
  Entries entries;
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text));
  if (root.IsNull()) return entries;
  if (!root.IsMap())
    return absl::InvalidArgumentError("expected a mapping of internal to external addresses");
  for (const auto& line : root) {
    if (!line.first.IsScalar() || !line.second.IsScalar()) {
      return absl::InvalidArgumentError("expected lines of the form INTERNAL: EXTERNAL");
    }
    ASSIGN_OR_RETURN(IpAddress internal, IpAddress::Parse(line.first.Scalar()));
    ASSIGN_OR_RETURN(IpAddress external, IpAddress::Parse(line.second.Scalar()));
    entries[internal] = external;
  }
  return entries;
}

absl::StatusOr<std::pair<IpAddress, IpAddress>> AddressMap::ParsePair(absl::string_view text) {
  std::vector<absl::string_view> parts = absl::StrSplit(text, '=');
  if (parts.size() == 2) {
    auto internal = IpAddress::Parse(parts[0]);
    auto external = IpAddress::Parse(parts[1]);
    if (internal.ok() && external.ok()) return std::make_pair(*internal, *external);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\": expected INTERNAL=EXTERNAL, two IP addresses"));
}

void AddressMap::Replace(Entries entries) {
  for (const auto& [internal, external] : fixed_) entries[internal] = external;
  Entries before;
  std::vector<OnChange> told;
  {
    MutexLock lock(mutex_);
    if (entries == entries_) return;
    before = std::exchange(entries_, entries);
    told = told_;
  }
  std::erase_if(entries, [&before](const auto& entry) {
    auto it = before.find(entry.first);
    return (it != before.end() ? it->second : entry.first) == entry.second;
  });
  for (const OnChange& on_change : told) on_change(entries);
}

void AddressMap::Tell(OnChange on_change) {
  MutexLock lock(mutex_);
  told_.push_back(std::move(on_change));
}

IpAddress AddressMap::ToExternal(const IpAddress& internal) const {
  MutexLock lock(mutex_);
  auto it = entries_.find(internal);
  return it == entries_.end() ? internal : it->second;
}

std::string AddressMap::ToExternal(const std::string& internal) const {
  auto address = IpAddress::Parse(internal);
  return address.ok() ? ToExternal(*address).ToString() : internal;
}

std::string AddressMap::UrlToExternal(const std::string& url) const {
  auto parsed = Url::Parse(url);
  if (!parsed.ok() || parsed->is_unix()) return url;
  auto address = IpAddress::Parse(parsed->address.host);
  if (!address.ok()) return url;
  parsed->address.host = ToExternal(*address).ToString();
  return parsed->ToString();
}

bool AddressMap::IsExternal(const IpAddress& address) const {
  MutexLock lock(mutex_);
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const auto& entry) { return entry.second == address; });
}

AddressMap::Entries AddressMap::entries() const {
  MutexLock lock(mutex_);
  return entries_;
}

bool HasInternal(const AddressMap::Entries& entries, const std::string& address) {
  auto parsed = IpAddress::Parse(address);
  return parsed.ok() && entries.contains(*parsed);
}

}  // namespace nsm
