// SPDX-License-Identifier: Apache-2.0
#include "src/csi/volumes.h"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/pod_folder.h"

namespace nsm::csi {
namespace {

absl::Status EnsureFolder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("making ", folder));
  return absl::OkStatus();
}

absl::Status RemoveFolder(const std::string& folder) {
  if (::rmdir(folder.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("removing ", folder));
}

absl::Status RemoveFile(const std::string& file) {
  if (::unlink(file.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("removing ", file));
}

}  // namespace

absl::Status Volumes::Publish(const PodVolume& volume) {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(EnsurePodsFolder(pods_));
  const bool is_there = std::filesystem::exists(PodFilePath(pods_, volume.key));
  absl::Status made = Make(volume);
  if (made.ok() || is_there) return made;
  if (absl::Status undone = Remove(volume.key, volume.target); !undone.ok()) {
    spdlog::warn("volume {}: {}", volume.key, undone.ToString());
  }
  return made;
}

absl::Status Volumes::Make(const PodVolume& volume) {
  const std::string room = PodFolderPath(pods_, volume.key);
  RETURN_IF_ERROR(EnsureFolder(room));
  ASSIGN_OR_RETURN(const bool has_room, mounts_.IsMounted(room));
  if (!has_room) RETURN_IF_ERROR(mounts_.MountRoom(room));
  RETURN_IF_ERROR(EnsureFolder(volume.target));
  ASSIGN_OR_RETURN(const bool is_shown, mounts_.IsMounted(volume.target));
  // What is shown of a room that is gone is another one's.
  if (is_shown && !has_room) RETURN_IF_ERROR(mounts_.Unmount(volume.target));
  if (!is_shown || !has_room) RETURN_IF_ERROR(mounts_.Show(room, volume.target, volume.read_only));
  return WritePodFile(pods_, volume.key, volume.pod);
}

absl::Status Volumes::Unpublish(const std::string& key, const std::string& target) {
  MutexLock lock(mutex_);
  return Remove(key, target);
}

absl::Status Volumes::Remove(const std::string& key, const std::string& target) {
  RETURN_IF_ERROR(RemoveFile(PodFilePath(pods_, key)));
  RETURN_IF_ERROR(mounts_.Unmount(target));
  RETURN_IF_ERROR(RemoveFolder(target));
  return RemoveRoom(key);
}

absl::Status Volumes::RemoveRoom(const std::string& key) {
  const std::string room = PodFolderPath(pods_, key);
  RETURN_IF_ERROR(RemoveFile(PodFilePath(pods_, key)));
  RETURN_IF_ERROR(mounts_.Unmount(room));
  return RemoveFolder(room);
}

absl::Status Volumes::Recover() {
  MutexLock lock(mutex_);
  RETURN_IF_ERROR(EnsurePodsFolder(pods_));
  ASSIGN_OR_RETURN(const PodFiles files, ListPodFiles(pods_));
  for (const auto& [key, pod] : files.pods) {
    ASSIGN_OR_RETURN(const bool has_room, mounts_.IsMounted(PodFolderPath(pods_, key)));
    if (has_room) continue;
    spdlog::info("volume {} of {}: it was before the node's last start", key, pod.ToString());
    RETURN_IF_ERROR(RemoveRoom(key));
  }
  return absl::OkStatus();
}

absl::Status Volumes::RemoveAll() {
  MutexLock lock(mutex_);
  std::error_code error;
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(pods_, error)) left.push_back(entry.path());
  if (error == std::errc::no_such_file_or_directory) return absl::OkStatus();
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("reading ", pods_));
  // Files first, so that the NSMgr closes its doors.
  for (const auto& path : left) {
    if (path.has_extension()) RETURN_IF_ERROR(RemoveFile(path.string()));
  }
  for (const auto& path : left) {
    if (!path.has_extension()) RETURN_IF_ERROR(RemoveRoom(path.filename().string()));
  }
  return RemoveFolder(pods_);
}

}  // namespace nsm::csi
