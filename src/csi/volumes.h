// SPDX-License-Identifier: Apache-2.0
// The volumes of a node's pods: each has a room of its own in the folder of pods
// (src/nsm/config/pod_folder.h), which the pod and nobody else has as a volume.
//
// All that is known of them is on the node: folders, mounts and files. A driver that is started again goes on
// from there. Threading: thread safe.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "src/core/mutex.h"
#include "src/csi/mounts.h"
#include "src/csi/pod_volume.h"

namespace nsm::csi {

class Volumes {
 public:
  // `pods` is the folder of pods. The mounts outlive this.
  Volumes(std::string pods, Mounts& mounts) : pods_(std::move(pods)), mounts_(mounts) {}

  // Makes the room and shows it at the target, and says whose it is. Again: what is missing of that. What
  // fails leaves nothing, unless it was there before.
  absl::Status Publish(const PodVolume& volume) EXCLUDES(mutex_);
  // Removes all of it. OK where there is nothing.
  absl::Status Unpublish(const std::string& key, const std::string& target) EXCLUDES(mutex_);
  // Removes what says of rooms that they are somebody's which are gone: with them went the node's mounts and
  // pods, when it was started again. To be called once, at the start.
  absl::Status Recover() EXCLUDES(mutex_);
  // Removes all rooms, and the folder of pods: of a node that is to have none any more.
  absl::Status RemoveAll() EXCLUDES(mutex_);

 private:
  absl::Status Make(const PodVolume& volume) REQUIRES(mutex_);
  absl::Status RemoveRoom(const std::string& key) REQUIRES(mutex_);
  absl::Status Remove(const std::string& key, const std::string& target) REQUIRES(mutex_);

  const std::string pods_;
  Mounts& mounts_ GUARDED_BY(mutex_);
  Mutex mutex_;
};

}  // namespace nsm::csi
