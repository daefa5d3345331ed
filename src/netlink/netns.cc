// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/netns.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {
namespace {

constexpr char kNamedPath[] = "/run/netns";
// One entry per namespace of the node; forgetting all of them costs one search.
constexpr size_t kMaxRemembered = 1 << 16;

std::vector<std::string> FileNames(const char* folder) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, Deleter<::closedir>> stream(::opendir(folder));
  if (stream == nullptr) return names;
  while (const dirent* entry = ::readdir(stream.get())) names.emplace_back(entry->d_name);
  return names;
}

// Processes that were started last come first: who asks for a namespace has most often just made it.
std::vector<std::string> ProcessPaths() {
  std::vector<int> processes;
  for (const std::string& name : FileNames("/proc")) {
    if (int process = 0; absl::SimpleAtoi(name, &process)) processes.push_back(process);
  }
  std::sort(processes.begin(), processes.end(), std::greater<>());
  std::vector<std::string> paths;
  paths.reserve(processes.size());
  for (int process : processes) paths.push_back(absl::StrCat("/proc/", process, "/ns/net"));
  return paths;
}

std::optional<NetnsInode> InodeAt(const std::string& path) {
  struct stat found;
  if (::stat(path.c_str(), &found) != 0) return std::nullopt;
  return NetnsInode{.device = found.st_dev, .inode = found.st_ino};
}

}  // namespace

absl::StatusOr<Netns> Netns::OfThisThread() { return Open("/proc/thread-self/ns/net"); }

absl::StatusOr<Netns> Netns::Open(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening network namespace ", path));
  struct stat found;
  if (::fstat(fd.get(), &found) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("reading ", path));
  return Netns(std::move(fd), {.device = found.st_dev, .inode = found.st_ino});
}

absl::StatusOr<NetnsCookie> Netns::Cookie() const {
  ASSIGN_OR_RETURN(NetnsScope scope, NetnsScope::Enter(*this));
  ASSIGN_OR_RETURN(Socket socket, Socket::Open());
  return socket.Cookie();
}

absl::StatusOr<NetnsScope> NetnsScope::Enter(const Netns& netns) {
  UniqueFd home(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!home.valid()) return absl::ErrnoToStatus(errno, "opening the thread's own network namespace");
  if (::setns(netns.fd(), CLONE_NEWNET) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("entering network namespace ", netns.inode().ToUrl()));
  }
  return NetnsScope(std::move(home));
}

NetnsScope::~NetnsScope() {
  if (!home_.valid() || ::setns(home_.get(), CLONE_NEWNET) == 0) return;
  ::perror("coming back from a network namespace");
  ::abort();
}

absl::StatusOr<Netns> NetnsFinder::OpenIfAt(const std::string& path, const NetnsInode& inode) {
  std::optional<NetnsInode> found = InodeAt(path);
  if (found.has_value()) paths_.try_emplace(*found, path);
  if (found != inode) return absl::NotFoundError(path);
  ASSIGN_OR_RETURN(Netns netns, Netns::Open(path));
  // A process may have left it in between.
  if (netns.inode() != inode) return absl::NotFoundError(path);
  return netns;
}

absl::StatusOr<Netns> NetnsFinder::Find(const NetnsInode& inode) {
  if (auto remembered = paths_.find(inode); remembered != paths_.end()) {
    std::string path = remembered->second;
    if (auto netns = OpenIfAt(path, inode); netns.ok()) return netns;
    paths_.erase(inode);
  }
  if (paths_.size() >= kMaxRemembered) paths_.clear();
  std::vector<std::string> paths = ProcessPaths();
  for (const std::string& name : FileNames(kNamedPath)) paths.push_back(absl::StrCat(kNamedPath, "/", name));
  for (const std::string& path : paths) {
    if (auto netns = OpenIfAt(path, inode); netns.ok()) return netns;
  }
  return absl::NotFoundError(absl::StrCat("network namespace ", inode.ToUrl(),
                                          ": no process is in it, and no name under ", kNamedPath,
                                          " is bound to it"));
}

}  // namespace nsm::netlink
