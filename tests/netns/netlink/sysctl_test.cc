// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/sysctl.h"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

#include "tests/harness/netns.h"

namespace nsm::netlink {
namespace {

using ::testing::HasSubstr;

constexpr char kGroups[] = "net/ipv4/ping_group_range";

class Sysctl : public ::testing::Test {
 protected:
  void SetUp() override { NSM_REQUIRE_PRIVILEGE(); }
};

TEST_F(Sysctl, IsSetInTheNamespaceOfTheThread) {
  testing::TestNetns pod;
  testing::TestNetns other;
  pod.In([] { EXPECT_EQ(EnsureSysctl(kGroups, "3 7"), absl::OkStatus()); });
  EXPECT_EQ(pod.Output("sysctl -n net.ipv4.ping_group_range"), "3\t7\n");
  EXPECT_EQ(other.Output("sysctl -n net.ipv4.ping_group_range"), "1\t0\n");
}

TEST_F(Sysctl, WhatTheKernelDoesNotHaveNeedsNoSetting) {
  EXPECT_EQ(EnsureSysctl("net/ipv6/conf/no-such-link/disable_ipv6", "1"), absl::OkStatus());
}

TEST_F(Sysctl, WhatTheKernelRefusesIsAnError) {
  testing::TestNetns pod;
  pod.In([] {
    EXPECT_THAT(EnsureSysctl(kGroups, "many").ToString(),
                HasSubstr("setting /proc/sys/net/ipv4/ping_group_range"));
  });
}

TEST_F(Sysctl, ReadOnlyIsFineForWhatIsSetAlready) {
  testing::TestNetns pod;
  pod.In([] { EXPECT_EQ(EnsureSysctl(kGroups, "3 7"), absl::OkStatus()); });
  ASSERT_EQ(::mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(::mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  pod.In([] {
    EXPECT_EQ(EnsureSysctl(kGroups, "3 7"), absl::OkStatus());
    EXPECT_THAT(EnsureSysctl(kGroups, "3 8").ToString(), HasSubstr("Read-only file system"));
  });
  ASSERT_EQ(::umount("/proc/sys"), 0);
}

TEST_F(Sysctl, WhatIsMountedReadOnlyIsMadeWritableAndElseStaysAsItWas) {
  testing::TestNetns pod;
  EXPECT_EQ(EnsureSysctlsWritable(), absl::OkStatus());
  constexpr unsigned long kAsRuntimesDo = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
  ASSERT_EQ(::mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(::mount(nullptr, "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | kAsRuntimesDo, nullptr), 0);
  EXPECT_EQ(EnsureSysctlsWritable(), absl::OkStatus());
  pod.In([] { EXPECT_EQ(EnsureSysctl(kGroups, "3 8"), absl::OkStatus()); });
  struct statvfs mounted;
  ASSERT_EQ(::statvfs("/proc/sys", &mounted), 0);
  EXPECT_EQ(mounted.f_flag & kAsRuntimesDo, kAsRuntimesDo & ~MS_RDONLY);
  ASSERT_EQ(::umount("/proc/sys"), 0);
}

}  // namespace
}  // namespace nsm::netlink
