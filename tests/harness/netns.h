// SPDX-License-Identifier: Apache-2.0
// Network namespaces for tests: made by the test, gone with it, and with the process if that dies.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "src/core/ids.h"

namespace nsm::testing {

// Gives this process a mount namespace of its own with an empty BPF file system at /sys/fs/bpf, once; then
// says why tests that need root cannot run here, or nothing. Call before any thread is started.
std::string WhyNoPrivilege();
// GTEST_SKIPs, or fails where NSM_NO_SKIP=1 forbids skipping, for the reason given.
#define NSM_REQUIRE_PRIVILEGE()                                                                     \
  do {                                                                                              \
    if (std::string reason = ::nsm::testing::WhyNoPrivilege(); !reason.empty()) {                   \
      const char* no_skip = ::getenv("NSM_NO_SKIP");                                                \
      if (no_skip != nullptr && std::string(no_skip) == "1") FAIL() << "must not skip: " << reason; \
      GTEST_SKIP() << reason;                                                                       \
    }                                                                                               \
  } while (false)

// A network namespace with a process in it, as a pod has one; it ends with this object.
class TestNetns {
 public:
  TestNetns();
  ~TestNetns() { Kill(); }
  TestNetns(const TestNetns&) = delete;
  TestNetns& operator=(const TestNetns&) = delete;

  // Ends the process: what nobody else holds is gone.
  void Kill();

  pid_t pid() const { return pid_; }
  std::string path() const;
  NetnsInode inode() const { return inode_; }
  NetnsCookie cookie() const { return cookie_; }

  // Runs `function` on this thread, in the namespace.
  void In(const std::function<void()>& function) const;
  // A shell command in the namespace; its exit status.
  int Shell(const std::string& command) const;
  // The same, must succeed; what it printed.
  std::string Output(const std::string& command) const;

 private:
  pid_t pid_ = -1;
  NetnsInode inode_;
  NetnsCookie cookie_;
};

// Names a device of each, joined by a cable.
void Join(const TestNetns& a, const std::string& device_a, const TestNetns& b, const std::string& device_b);

// Waits for at most `seconds` until `condition` holds; false if it does not.
bool Eventually(const std::function<bool()>& condition, double seconds = 5);

}  // namespace nsm::testing
