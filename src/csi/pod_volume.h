// SPDX-License-Identifier: Apache-2.0
// What kubelet asks for: a pod's volume.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "csi.pb.h"
#include "src/core/pod.h"

namespace nsm::csi {

struct PodVolume {
  std::string key;     // name of its folder (src/nsm/config/pod_folder.h)
  std::string target;  // where kubelet wants it
  bool read_only = false;
  Pod pod;
};

// Inline volumes alone: kubelet calls them csi-SHA256, of the pod's uid and the volume's name. The key is as
// much of it as still cannot be met by chance or on purpose, since the path of a socket has no room for all.
// INVALID_ARGUMENT for others.
absl::StatusOr<std::string> FolderKey(const std::string& volume_id);

// INVALID_ARGUMENT naming what is missing or is not served: a device, a volume that is not inline,
// attributes.
absl::StatusOr<PodVolume> ParsePublish(const ::csi::v1::NodePublishVolumeRequest& request);

}  // namespace nsm::csi
