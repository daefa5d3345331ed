// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/node_addresses.h"

#include <spdlog/spdlog.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/clock.h"
#include "src/core/ip_address.h"

namespace nsm::kubernetes {
namespace {

using ByFamily = std::map<IpAddress::Family, IpAddress>;  // the first of each

const Query kNodes{.resource = {.group = "", .version = "v1", .plural = "nodes", .name_space = ""},
                   .label_selector = "",
                   .field_selector = ""};

std::vector<IpAddress> AddressesOf(const Json& node, const std::string& type) {
  std::vector<IpAddress> addresses;
  const Json::json_pointer place("/status/addresses");
  if (!node.contains(place) || !node.at(place).is_array()) return addresses;
  for (const Json& entry : node.at(place)) {
    if (TextAt(entry, "/type") != type) continue;
    if (auto address = IpAddress::Parse(TextAt(entry, "/address")); address.ok()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

absl::StatusOr<ByFamily> ParseAnnotation(const std::string& text) {
  ByFamily addresses;
  for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    auto address = IpAddress::Parse(absl::StripAsciiWhitespace(part));
    if (!address.ok() || !addresses.emplace(address->family(), *address).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(kExternalAddress, ": \"", text,
                       "\" is not an IPv4 or an IPv6 address, or one of each with a comma between them"));
    }
  }
  return addresses;
}

// A node's description is long, and a cluster may have many.
Json Trimmed(Json node) {
  Json trimmed = {
      {"metadata", {{"name", Name(node)}, {"uid", Uid(node)}, {"resourceVersion", ResourceVersion(node)}}}};
  if (std::string text = Annotation(node, kExternalAddress); !text.empty()) {
    trimmed["metadata"]["annotations"][kExternalAddress] = std::move(text);
  }
  if (const Json::json_pointer place("/status/addresses"); node.contains(place)) {
    trimmed["status"]["addresses"] = std::move(node.at(place));
  }
  return trimmed;
}

}  // namespace

NodeAddresses ReadNodeAddresses(const Json& node) {
  NodeAddresses addresses;
  ByFamily external;
  for (const IpAddress& address : AddressesOf(node, "ExternalIP")) {
    external.emplace(address.family(), address);
    addresses.of_status[address] = address;
  }
  auto annotated = ParseAnnotation(Annotation(node, kExternalAddress));
  addresses.annotation = annotated.status();
  for (const IpAddress& internal : AddressesOf(node, "InternalIP")) {
    auto found = external.find(internal.family());
    addresses.of_status[internal] = found != external.end() ? found->second : internal;
    if (!annotated.ok()) continue;
    if (auto own = annotated->find(internal.family()); own != annotated->end()) {
      addresses.of_annotation[internal] = own->second;
    }
  }
  return addresses;
}

AddressMap::Entries Merge(const std::map<ObjectKey, NodeAddresses>& nodes,
                          const AddressMap::Entries& of_file) {
  AddressMap::Entries merged;
  for (const auto& [key, node] : nodes) merged.insert(node.of_annotation.begin(), node.of_annotation.end());
  merged.insert(of_file.begin(), of_file.end());
  for (const auto& [key, node] : nodes) merged.insert(node.of_status.begin(), node.of_status.end());
  return merged;
}

FollowedNodes::FollowedNodes(Api& api, AddressMap& map, Backoff::Options backoff)
    : map_(map),
      reflector_(api, {.query = kNodes, .backoff = backoff, .trim = Trimmed},
                 [this](const std::vector<Change>& changes) { OnChanges(changes); }) {}

void FollowedNodes::SetFile(AddressMap::Entries of_file) {
  MutexLock lock(mutex_);
  of_file_ = std::move(of_file);
  map_.Replace(Merge(nodes_, of_file_));
}

bool FollowedNodes::AwaitList(absl::Duration time) {
  const absl::Duration until = Elapsed() + time;
  MutexLock lock(mutex_);
  for (absl::Duration left = time; !listed_ && left > absl::ZeroDuration(); left = until - Elapsed()) {
    on_list_.WaitFor(mutex_, left);
  }
  return listed_;
}

bool FollowedNodes::Take(const Change& change) {
  if (change.after == nullptr) return nodes_.erase(KeyOf(*change.before)) > 0;
  NodeAddresses addresses = ReadNodeAddresses(*change.after);
  NodeAddresses& known = nodes_[KeyOf(*change.after)];
  if (known == addresses) return false;
  if (!addresses.annotation.ok() && addresses.annotation != known.annotation) {
    spdlog::warn("node {} is taken as without its annotation: {}", Name(*change.after),
                 addresses.annotation.ToString());
  }
  known = std::move(addresses);
  return true;
}

void FollowedNodes::OnChanges(const std::vector<Change>& changes) {
  MutexLock lock(mutex_);
  bool differs = false;
  for (const Change& change : changes) differs |= Take(change);
  if (differs) map_.Replace(Merge(nodes_, of_file_));
  if (!std::exchange(listed_, true)) {
    spdlog::info("address map: {} nodes of the cluster", nodes_.size());
    on_list_.NotifyAll();
  }
}

}  // namespace nsm::kubernetes
