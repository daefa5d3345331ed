// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/pod_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "nlohmann/json.hpp"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/nsm/config/read_text.h"

namespace nsm {
namespace {

constexpr char kSuffix[] = ".json";

absl::Status WriteText(const std::string& path, absl::string_view text) {
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    return absl::ErrnoToStatus(errno, absl::StrCat("writing ", path));
  }
  return absl::OkStatus();
}

}  // namespace

std::string PodFolderPath(absl::string_view pods, absl::string_view key) {
  return absl::StrCat(pods, "/", key);
}

std::string PodFilePath(absl::string_view pods, absl::string_view key) {
  return absl::StrCat(pods, "/", key, kSuffix);
}

std::string PodToText(const Pod& pod) {
  return nlohmann::json{{"name", pod.name},
                        {"namespace", pod.name_space},
                        {"uid", pod.uid},
                        {"serviceAccount", pod.service_account}}
      .dump();
}

absl::StatusOr<Pod> ParsePod(const std::string& text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return absl::InvalidArgumentError("it is no JSON object");
  Pod pod;
  const std::pair<const char*, std::string*> members[] = {{"name", &pod.name},
                                                          {"namespace", &pod.name_space},
                                                          {"uid", &pod.uid},
                                                          {"serviceAccount", &pod.service_account}};
  for (const auto& [name, value] : members) {
    auto member = json.find(name);
    if (member == json.end() || !member->is_string()) {
      return absl::InvalidArgumentError(absl::StrCat("its \"", name, "\" is missing or no text"));
    }
    *value = member->get<std::string>();
  }
  if (pod.uid.empty()) return absl::InvalidArgumentError("its \"uid\" is empty");
  return pod;
}

absl::Status EnsurePodsFolder(const std::string& pods) {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(pods).parent_path(), error);
  if (::mkdir(pods.c_str(), 0700) != 0 && errno != EEXIST) {
    return absl::ErrnoToStatus(errno, absl::StrCat("making ", pods));
  }
  struct stat info = {};
  if (::lstat(pods.c_str(), &info) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("reading ", pods));
  if (S_ISDIR(info.st_mode) && info.st_uid == ::geteuid() && (info.st_mode & 0077) == 0)
    return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      pods, " is no folder that this program's user alone may enter, so what it says of pods is not taken"));
}

absl::Status CheckPlaceOfPodsFolder(const std::string& pods) {
  const std::string place = std::filesystem::path(pods).parent_path().string();
  struct stat info = {};
  if (::stat(place.c_str(), &info) != 0 || info.st_nlink > 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(place,
                   " was removed from the node, and with it the folders of its pods; it is made anew when "
                   "this program is started again, and so are those of new pods"));
}

absl::Status CheckPodFolder(const std::string& folder) {
  struct stat outer = {};
  struct stat inner = {};
  if (::stat(std::filesystem::path(folder).parent_path().c_str(), &outer) != 0 ||
      ::lstat(folder.c_str(), &inner) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("reading ", folder));
  }
  if (S_ISDIR(inner.st_mode) && inner.st_dev != outer.st_dev) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat(
      folder,
      " is no file system of its own: does this container see the node's mounts (mountPropagation)?"));
}

absl::Status WritePodFile(const std::string& pods, const std::string& key, const Pod& pod) {
  const std::string path = PodFilePath(pods, key);
  const std::string text = PodToText(pod);
  if (auto before = ReadText(path); before.ok() && *before == text) return absl::OkStatus();
  const std::string temporary = absl::StrCat(path, ".new");
  RETURN_IF_ERROR(WriteText(temporary, text));
  if (::rename(temporary.c_str(), path.c_str()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("putting ", path, " in place"));
}

absl::StatusOr<PodFiles> ListPodFiles(const std::string& pods) {
  PodFiles files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(pods, error)) {
    const std::string name = entry.path().filename().string();
    absl::string_view key = name;
    if (!absl::ConsumeSuffix(&key, kSuffix)) continue;
    absl::StatusOr<std::string> text = ReadText(entry.path().string());
    // Gone since it was listed.
    if (!text.ok() && !std::filesystem::exists(entry.path(), error)) continue;
    absl::StatusOr<Pod> pod = text.ok() ? ParsePod(*text) : text.status();
    if (pod.ok()) {
      files.pods.emplace(key, *std::move(pod));
    } else {
      files.damaged.emplace(key, pod.status());
    }
  }
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("reading ", pods));
  return files;
}

}  // namespace nsm
