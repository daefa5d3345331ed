// SPDX-License-Identifier: Apache-2.0
// Network namespaces: finding, holding and entering them.
#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/unique_fd.h"

namespace nsm::netlink {

// A namespace held open: it stays alive as long as this object does.
class Netns {
 public:
  static absl::StatusOr<Netns> OfThisThread();
  // NOT_FOUND: no such file.
  static absl::StatusOr<Netns> Open(const std::string& path);

  int fd() const { return fd_.get(); }
  const NetnsInode& inode() const { return inode_; }
  absl::StatusOr<NetnsCookie> Cookie() const;

 private:
  Netns(UniqueFd fd, const NetnsInode& inode) : fd_(std::move(fd)), inode_(inode) {}

  UniqueFd fd_;
  NetnsInode inode_;
};

// Puts the calling thread into a namespace until the end of the scope. Only to open sockets there, attach
// filters, and write below /proc/sys/net, which shows the namespace of the thread that opens a file.
// A thread that cannot come back would do the next thing in the wrong namespace: the process is aborted.
class NetnsScope {
 public:
  static absl::StatusOr<NetnsScope> Enter(const Netns& netns);
  NetnsScope(NetnsScope&& other) noexcept = default;
  NetnsScope& operator=(NetnsScope&&) = delete;
  ~NetnsScope();

 private:
  explicit NetnsScope(UniqueFd home) : home_(std::move(home)) {}

  UniqueFd home_;
};

// Finds namespaces by inode among /proc/<pid>/ns/net and the names bound under /run/netns.
//
// Remembers where it has seen which one, and looks there first. Not thread safe.
class NetnsFinder {
 public:
  // NOT_FOUND: no process is in it, and no name is bound to it.
  absl::StatusOr<Netns> Find(const NetnsInode& inode);

 private:
  // NOT_FOUND: another namespace is there, or none.
  absl::StatusOr<Netns> OpenIfAt(const std::string& path, const NetnsInode& inode);

  std::map<NetnsInode, std::string> paths_;  // only a hint
};

}  // namespace nsm::netlink
