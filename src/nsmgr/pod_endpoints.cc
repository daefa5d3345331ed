// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/pod_endpoints.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/core/url.h"

namespace nsm::nsmgr {
namespace {

absl::Status Refusal(const NetworkServiceEndpoint& entry, const Pod& pod, absl::string_view why) {
  return absl::PermissionDeniedError(
      absl::StrCat("endpoint ", entry.name(), " of pod ", pod.ToString(), ": ", why));
}

// Where a socket of the pod is for those outside of it.
absl::StatusOr<std::string> UrlOutside(const NetworkServiceEndpoint& entry, const std::string& folder) {
  const absl::StatusOr<Url> url = Url::Parse(entry.url());
  if (!url.ok() || !url->is_unix()) return entry.url();  // where wrong, said by who reads it
  const std::string name = std::filesystem::path(url->path).filename().string();
  const std::string path = absl::StrCat(folder, "/", name);
  if (name.empty() || name == "." || name == ".." || path.size() > kLongestUnixPath) {
    return absl::InvalidArgumentError(absl::StrCat("endpoint ", entry.name(), ": its URL ", entry.url(),
                                                   " is to end with the name of a socket of at most ",
                                                   kLongestUnixPath - folder.size() - 1,
                                                   " bytes, beside the NSMgr's in the pod's folder"));
  }
  return Url::Unix(path).ToString();
}

}  // namespace

PodEndpoints::Claim PodEndpoints::ClaimName(const std::string& name, const Pod& pod) {
  MutexLock lock(mutex_);
  auto [owner, is_new] = owners_.try_emplace(name, pod.uid);
  if (is_new) return Claim::kNew;
  return owner->second == pod.uid ? Claim::kHad : Claim::kTaken;
}

void PodEndpoints::FreeName(const std::string& name) {
  MutexLock lock(mutex_);
  owners_.erase(name);
}

absl::StatusOr<NetworkServiceEndpoint> PodEndpoints::Register(Context& context, Entry entry,
                                                              RegistryNext<EndpointKind> next) {
  if (context.caller.pod == nullptr) return next.Register(context, std::move(entry));
  const Pod& pod = *context.caller.pod;
  const auto& services = entry.network_service_names();
  if (std::find(services.begin(), services.end(), kForwarderService) != services.end()) {
    return Refusal(entry, pod, "pods register no forwarders");
  }
  const std::string url_inside = entry.url();
  ASSIGN_OR_RETURN(*entry.mutable_url(), UrlOutside(entry, context.caller.pod_folder));
  for (auto& [service, labels] : *entry.mutable_network_service_labels()) {
    SetPod(pod, own_, *labels.mutable_labels());
  }
  const std::string name = entry.name();
  const Claim claim = ClaimName(name, pod);
  if (claim == Claim::kTaken) return Refusal(entry, pod, "another pod of this node has it");
  absl::StatusOr<Entry> registered = next.Register(context, std::move(entry));
  if (!registered.ok()) {
    if (claim == Claim::kNew) FreeName(name);
    return registered;
  }
  registered->set_url(url_inside);
  return registered;
}

absl::Status PodEndpoints::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) {
  if (context.caller.pod == nullptr) return next.Unregister(context, std::move(entry));
  const Pod& pod = *context.caller.pod;
  {
    MutexLock lock(mutex_);
    auto owner = owners_.find(entry.name());
    if (owner == owners_.end() || owner->second != pod.uid) {
      return Refusal(entry, pod, "it is not one that this pod has registered here");
    }
    owners_.erase(owner);
  }
  ASSIGN_OR_RETURN(*entry.mutable_url(), UrlOutside(entry, context.caller.pod_folder));
  return next.Unregister(context, std::move(entry));
}

void PodEndpoints::Forget(const std::string& uid) {
  MutexLock lock(mutex_);
  std::erase_if(owners_, [&uid](const auto& owned) { return owned.second == uid; });
}

}  // namespace nsm::nsmgr
