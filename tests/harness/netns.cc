// SPDX-License-Identifier: Apache-2.0
#include "tests/harness/netns.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/netlink/netns.h"

namespace nsm::testing {
namespace {

std::string SetUpMounts() {
  if (::geteuid() != 0) return "needs root";
  if (::unshare(CLONE_NEWNS) != 0) return absl::StrCat("unshare(CLONE_NEWNS): ", ::strerror(errno));
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      ::mount("bpf", "/sys/fs/bpf", "bpf", 0, nullptr) != 0) {
    return absl::StrCat("mounting a BPF file system: ", ::strerror(errno));
  }
  return "";
}

[[noreturn]] void Fail(const std::string& what) {
  ::perror(what.c_str());
  ::abort();
}

}  // namespace

std::string WhyNoPrivilege() {
  static const std::string reason = SetUpMounts();
  return reason;
}

TestNetns::TestNetns() {
  std::array<int, 2> ready;
  if (::pipe2(ready.data(), O_CLOEXEC) != 0) Fail("pipe2");
  pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) Fail("fork");
  if (pid_ == 0) {
    // Only what is safe in the child of a process with threads.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent || ::unshare(CLONE_NEWNET) != 0) ::_exit(1);
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    // Or it would keep alive whatever the test has open.
    ::close_range(0, ~0u, 0);
    while (true) ::pause();
  }
  ::close(ready[1]);
  char byte;
  if (::read(ready[0], &byte, 1) != 1) Fail("making a network namespace");
  ::close(ready[0]);
  auto netns = netlink::Netns::Open(path());
  if (!netns.ok()) Fail(netns.status().ToString());
  inode_ = netns->inode();
  auto cookie = netns->Cookie();
  if (!cookie.ok()) Fail(cookie.status().ToString());
  cookie_ = *cookie;
  Output("ip link set lo up");
}

void TestNetns::Kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string TestNetns::path() const { return absl::StrCat("/proc/", pid_, "/ns/net"); }

void TestNetns::In(const std::function<void()>& function) const {
  auto netns = netlink::Netns::Open(path());
  if (!netns.ok()) Fail(netns.status().ToString());
  auto scope = netlink::NetnsScope::Enter(*netns);
  if (!scope.ok()) Fail(scope.status().ToString());
  function();
}

int TestNetns::Shell(const std::string& command) const {
  int status = -1;
  In([&] { status = ::system(absl::StrCat("(", command, ") >/dev/null 2>&1 </dev/null").c_str()); });
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string TestNetns::Output(const std::string& command) const {
  std::string output;
  int status = -1;
  In([&] {
    // Without its errors: ip complains of any name below /run/netns whose namespace is just going.
    FILE* stream = ::popen(absl::StrCat("(", command, ") </dev/null").c_str(), "r");
    std::array<char, 4096> part;
    while (size_t size = ::fread(part.data(), 1, part.size(), stream)) output.append(part.data(), size);
    status = ::pclose(stream);
  });
  EXPECT_EQ(status, 0) << command << ": " << output;
  return output;
}

void Join(const TestNetns& a, const std::string& device_a, const TestNetns& b, const std::string& device_b) {
  a.Output(absl::StrCat("ip link add ", device_a, " type veth peer name ", device_b, " netns ", b.pid()));
  a.Output(absl::StrCat("ip link set ", device_a, " up"));
  b.Output(absl::StrCat("ip link set ", device_b, " up"));
}

bool Eventually(const std::function<bool()>& condition, double seconds) {
  absl::Time deadline = absl::Now() + absl::Seconds(seconds);
  while (!condition()) {
    if (absl::Now() > deadline) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

}  // namespace nsm::testing
