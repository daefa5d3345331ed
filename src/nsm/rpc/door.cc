// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/door.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "src/core/ip_address.h"

namespace nsm {
namespace {

bool IsLoopback(const Url& url) {
  if (url.is_unix()) return false;
  if (url.address.host == "localhost") return true;
  auto address = IpAddress::Parse(url.address.host);
  return address.ok() && address->is_loopback();
}

}  // namespace

std::vector<Door> Doors(const std::vector<Url>& urls, const std::set<Behind>& services,
                        const std::vector<Url>& admin, Peers others) {
  std::vector<Door> doors;
  for (const Url& url : urls) {
    Door& door = doors.emplace_back(Door{.url = url, .services = services});
    if (!url.is_unix()) {
      door.peers = others;
      continue;
    }
    door.entrants = Entrants::kNode;
    door.services.insert(Behind::kIntrospection);
  }
  for (const Url& url : admin) {
    Door& door = doors.emplace_back(
        Door{.url = url, .services = {Behind::kIntrospection}, .entrants = Entrants::kOperator});
    if (services.contains(Behind::kRegistry)) door.services.insert(Behind::kRegistry);
  }
  return doors;
}

absl::Status Check(const Door& door) {
  const std::string url = door.url.ToString();
  const bool is_for_node = door.entrants == Entrants::kNode || door.entrants == Entrants::kPod;
  if (is_for_node && !door.url.is_unix()) {
    return absl::InvalidArgumentError(
        absl::StrCat(url, " is no address for this node alone: expected unix:///PATH"));
  }
  if (door.entrants == Entrants::kOperator && !door.url.is_unix() && !IsLoopback(door.url)) {
    return absl::InvalidArgumentError(absl::StrCat(
        url, " is no address for the operator alone: expected unix:///PATH or tcp://127.0.0.1:PORT"));
  }
  if ((door.entrants == Entrants::kPod) != (door.pod != nullptr && !door.pod->uid.empty())) {
    return absl::InvalidArgumentError(
        absl::StrCat(url, ": a pod's door has the pod's uid, and no other has"));
  }
  const bool sees_all = door.entrants == Entrants::kNode || door.entrants == Entrants::kOperator;
  if (!sees_all && door.services.contains(Behind::kIntrospection)) {
    return absl::InvalidArgumentError(absl::StrCat(url, " is for others: introspection is not"));
  }
  return absl::OkStatus();
}

}  // namespace nsm
