// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/pod.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/webhook/annotation.h"
#include "src/webhook/client_containers.h"

namespace nsm::webhook {
namespace {

const Path kInitContainers = {"spec", "initContainers"};
const Path kContainers = {"spec", "containers"};
const Path kVolumes = {"spec", "volumes"};

absl::StatusOr<Json> ListAt(const Json& pod, const Path& path) {
  ASSIGN_OR_RETURN(const Json* list, Find(pod, path, Json::value_t::array));
  return list == nullptr ? Json::array() : *list;
}

// The index of the first element of one of these names; the list's size if there is none.
size_t IndexOf(const Json& list, const std::set<std::string>& names) {
  const auto found = std::find_if(list.begin(), list.end(), [&names](const Json& element) {
    return names.contains(TextOf(element, "name"));
  });
  return static_cast<size_t>(found - list.begin());
}

absl::Status CheckNames(const Json& list, const Path& path, const std::set<std::string>& ours) {
  const size_t index = IndexOf(list, ours);
  if (index == list.size()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(ToString(path), " has \"", TextOf(list[index], "name"),
                   "\", a name that the client for network services is to have: "
                   "choose another"));
}

bool IsOurs(const Json& pod) {
  const auto injected = Find(pod, {"metadata", "annotations", kInjected}, Json::value_t::string);
  return injected.ok() && *injected != nullptr;
}

// Makes `wanted` (null: none) the only element of its list with one of these names, at the list's front or
// end.
void Place(JsonEdit& edit, const Path& path, Json list, const std::set<std::string>& ours, const Json& wanted,
           bool at_front) {
  const size_t index = IndexOf(list, ours);
  if (index < list.size() && index == (at_front ? 0 : list.size() - 1) && !wanted.is_null() &&
      Covers(list[index], wanted)) {
    return;
  }
  for (size_t i = list.size(); i-- > 0;) {
    if (!ours.contains(TextOf(list[i], "name"))) continue;
    edit.Erase(path, i);
    list.erase(i);
  }
  if (!wanted.is_null()) edit.Insert(path, at_front ? 0 : list.size(), wanted);
}

void PlaceVolume(JsonEdit& edit, const Json& list, const Json& wanted) {
  const size_t index = IndexOf(list, {TextOf(wanted, "name")});
  if (index < list.size() && Covers(list[index], wanted)) return;
  if (index < list.size()) edit.Erase(kVolumes, index);
  edit.Insert(kVolumes, index, wanted);
}

std::vector<std::string> Oddities(const Json& pod, const std::vector<client::ServiceUrl>& services,
                                  const ClientOptions& options) {
  std::vector<std::string> warnings;
  for (const client::ServiceUrl& service : services) {
    if (service.interface != "eth0" && service.interface != "lo") continue;
    warnings.push_back(absl::StrCat("service ", service.service, " is to be at ", service.interface,
                                    ", as an interface of the pod is called that exists before"));
  }
  const auto policy = Find(pod, {"spec", "restartPolicy"}, Json::value_t::string);
  const bool ends = policy.ok() && *policy != nullptr && **policy != "Always";
  if (ends && !options.native_sidecars) {
    warnings.push_back(
        "the pod will not complete by itself: its client for network services goes on (Kubernetes 1.29 ends "
        "it)");
  }
  return warnings;
}

}  // namespace

absl::StatusOr<bool> IsOfHostNetwork(const Json& pod) {
  ASSIGN_OR_RETURN(const Json* host_network, Find(pod, {"spec", "hostNetwork"}, Json::value_t::boolean));
  return host_network != nullptr && host_network->get<bool>();
}

absl::StatusOr<Change> InjectClient(const Json& pod, const std::vector<client::ServiceUrl>& services,
                                    const ClientOptions& options) {
  static const std::set<std::string> kNames = {kClientContainer, kInitContainer};
  ASSIGN_OR_RETURN(const Json* spec, Find(pod, {"spec"}, Json::value_t::object));
  if (spec == nullptr) return absl::InvalidArgumentError("spec is missing");
  ASSIGN_OR_RETURN(const bool is_of_host, IsOfHostNetwork(pod));
  if (is_of_host) {
    return absl::InvalidArgumentError(
        "spec.hostNetwork is true: network services are for pods with a network of their own");
  }
  RETURN_IF_ERROR(FindTexts(pod, {"metadata", "annotations"}).status());
  ASSIGN_OR_RETURN(Json init_containers, ListAt(pod, kInitContainers));
  ASSIGN_OR_RETURN(Json containers, ListAt(pod, kContainers));
  ASSIGN_OR_RETURN(Json volumes, ListAt(pod, kVolumes));
  const bool is_ours = IsOurs(pod);
  if (!is_ours) {
    RETURN_IF_ERROR(CheckNames(init_containers, kInitContainers, kNames));
    RETURN_IF_ERROR(CheckNames(containers, kContainers, kNames));
    RETURN_IF_ERROR(CheckNames(volumes, kVolumes, {kSocketVolume, kOwnVolume}));
  }
  const ClientContainers client = MakeClientContainers(services, options);
  JsonEdit edit(pod);
  Place(edit, kInitContainers, std::move(init_containers), kNames, client.first, /*at_front=*/true);
  Place(edit, kContainers, std::move(containers), kNames, client.last, /*at_front=*/false);
  for (const Json& volume : client.volumes) {
    ASSIGN_OR_RETURN(const Json now, ListAt(edit.object(), kVolumes));
    PlaceVolume(edit, now, volume);
  }
  if (!is_ours) edit.Set({"metadata", "annotations", kInjected}, "injected");
  return Change{.patch = edit.patch(), .warnings = Oddities(pod, services, options)};
}

}  // namespace nsm::webhook
