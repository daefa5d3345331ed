// SPDX-License-Identifier: Apache-2.0
// The folder of a node's pods, by which the CSI driver and the NSMgr work together:
//
//   PODS/KEY        a file system of its own, which the pod has as its volume; the NSMgr's socket for this
//   pod is in it,
//                   and those of the pod's endpoints
//   PODS/KEY.json   whose it is; where no pod can write. It comes after the folder and goes before it.
//
// PODS is root's alone. The folder outlives driver and NSMgr: each finds there what it has to know.
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/pod.h"

namespace nsm {

// Of the NSMgr's socket in a pod's folder.
inline constexpr char kNsmgrSocket[] = "nsm.io.sock";

// Where a pod's folder and what is known of it are.
std::string PodFolderPath(absl::string_view pods, absl::string_view key);
std::string PodFilePath(absl::string_view pods, absl::string_view key);

// The content of KEY.json. Parse is INVALID_ARGUMENT for what ToText does not make, but for members that it
// does not know.
std::string PodToText(const Pod& pod);
absl::StatusOr<Pod> ParsePod(const std::string& text);

// Makes the folder of pods where there is none; what others have may not be used: PERMISSION_DENIED.
absl::Status EnsurePodsFolder(const std::string& pods);
// FAILED_PRECONDITION where what it is in was removed while this program has it mounted: nothing can be made
// there any more.
absl::Status CheckPlaceOfPodsFolder(const std::string& pods);
// FAILED_PRECONDITION where a pod's folder is no file system of its own here: by links in it a pod would lead
// us elsewhere.
absl::Status CheckPodFolder(const std::string& folder);
// Puts KEY.json in place, whole; an equal one stays.
absl::Status WritePodFile(const std::string& pods, const std::string& key, const Pod& pod);

struct PodFiles {
  std::map<std::string, Pod> pods;              // by key
  std::map<std::string, absl::Status> damaged;  // those that cannot be read, and why
};
absl::StatusOr<PodFiles> ListPodFiles(const std::string& pods);

}  // namespace nsm
