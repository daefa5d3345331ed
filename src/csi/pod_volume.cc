// SPDX-License-Identifier: Apache-2.0
#include "src/csi/pod_volume.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/core/status_macros.h"

namespace nsm::csi {
namespace {

constexpr size_t kHashDigits = 64;
constexpr size_t kKeyDigits = 32;
// Of what kubelet says of the pod.
constexpr char kKubelet[] = "csi.storage.k8s.io/";

bool IsHexDigit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

absl::StatusOr<std::string> FromKubelet(const ::csi::v1::NodePublishVolumeRequest& request,
                                        const std::string& name) {
  const std::string key = absl::StrCat(kKubelet, name);
  auto found = request.volume_context().find(key);
  if (found != request.volume_context().end() && !found->second.empty()) return found->second;
  return absl::InvalidArgumentError(
      absl::StrCat("volume_context has no \"", key, "\": does the CSIDriver object say podInfoOnMount?"));
}

}  // namespace

absl::StatusOr<std::string> FolderKey(const std::string& volume_id) {
  absl::string_view hash = volume_id;
  if (!absl::ConsumePrefix(&hash, "csi-") || hash.size() != kHashDigits ||
      !std::all_of(hash.begin(), hash.end(), IsHexDigit)) {
    return absl::InvalidArgumentError(
        absl::StrCat("volume_id \"", volume_id, "\" is not that of a volume in a pod: expected csi-SHA256"));
  }
  return std::string(hash.substr(0, kKeyDigits));
}

absl::StatusOr<PodVolume> ParsePublish(const ::csi::v1::NodePublishVolumeRequest& request) {
  PodVolume volume;
  ASSIGN_OR_RETURN(volume.key, FolderKey(request.volume_id()));
  if (!absl::StartsWith(request.target_path(), "/")) {
    return absl::InvalidArgumentError(
        absl::StrCat("target_path \"", request.target_path(), "\" is no absolute path"));
  }
  if (!request.volume_capability().has_mount()) {
    return absl::InvalidArgumentError("volume_capability: expected a mount, since it is a folder");
  }
  for (const auto& [name, value] : request.volume_context()) {
    if (absl::StartsWith(name, kKubelet)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("the volume has no attribute \"", name, "\", and no other"));
  }
  ASSIGN_OR_RETURN(const std::string ephemeral, FromKubelet(request, "ephemeral"));
  if (ephemeral != "true")
    return absl::InvalidArgumentError("expected a volume in the pod itself (ephemeral)");
  volume.target = request.target_path();
  volume.read_only = request.readonly();
  ASSIGN_OR_RETURN(volume.pod.name, FromKubelet(request, "pod.name"));
  ASSIGN_OR_RETURN(volume.pod.name_space, FromKubelet(request, "pod.namespace"));
  ASSIGN_OR_RETURN(volume.pod.uid, FromKubelet(request, "pod.uid"));
  ASSIGN_OR_RETURN(volume.pod.service_account, FromKubelet(request, "serviceAccount.name"));
  return volume;
}

}  // namespace nsm::csi
