// SPDX-License-Identifier: Apache-2.0
// A door for each pod that has a folder of its own (src/nsm/config/pod_folder.h), opened and closed as pods
// come and go.
//
// What is known of pods is in that folder alone: an NSMgr that is started again opens all of their doors. A
// folder whose file system is not seen here gets none, since a pod could then lead us elsewhere by links.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/mutex.h"
#include "src/core/pod.h"
#include "src/core/unique_fd.h"
#include "src/nsm/rpc/door.h"

namespace nsm::nsmgr {

// What is to be done so that every pod has its door; closing comes first.
struct PodDoorPlan {
  std::vector<std::string> close;   // keys
  std::map<std::string, Pod> open;  // by key
  bool operator==(const PodDoorPlan&) const = default;
};
PodDoorPlan PlanPodDoors(const std::map<std::string, Pod>& wanted, const std::map<std::string, Pod>& open);

// By which a pod is served.
Door MakePodDoor(const std::string& pods, const std::string& key, const Pod& pod);

class PodDoors {
 public:
  // Who has doors. Called one at a time.
  class House {
   public:
    virtual ~House() = default;
    virtual absl::Status Open(const Door& door) = 0;
    // `is_last`: the pod has no other door.
    virtual void Close(const Door& door, bool is_last) = 0;
  };

  // Makes the folder where there is none, and opens the doors that are missing; what fails is logged, and
  // tried again every second. An error where the folder cannot be used.
  static absl::StatusOr<std::unique_ptr<PodDoors>> Follow(std::string pods, House& house);
  // The house is not called afterwards; its doors stay open.
  ~PodDoors();

  // Those with a door, by key. Thread safe.
  std::map<std::string, Pod> open() const EXCLUDES(mutex_);

 private:
  PodDoors(std::string pods, House& house, UniqueFd news);
  void Run();
  void Look();
  absl::Status Open(const std::string& key, const Pod& pod);
  void Close(const std::string& key);
  void SayOnce(const std::string& key, const absl::Status& status);

  const std::string pods_;
  House& house_;
  const UniqueFd news_;
  const UniqueFd end_;
  std::map<std::string, absl::Status> said_;  // of the thread
  mutable Mutex mutex_;
  std::map<std::string, Pod> open_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace nsm::nsmgr
