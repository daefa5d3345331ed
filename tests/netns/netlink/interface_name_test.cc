// SPDX-License-Identifier: Apache-2.0
// The rule of src/core against the kernel itself.
#include "src/core/interface_name.h"

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

class InterfaceNameTest : public NetlinkTest {
 protected:
  // Whether the device a can have exactly this name.
  bool Takes(const std::string& name) {
    LinkChange change{.name = name};
    if (!ChangeLink(socket(), a_, change).ok()) return false;
    const bool is_it = GetLink(socket(), a_)->name == name;
    EXPECT_EQ(ChangeLink(socket(), a_, {.name = "a"}), absl::OkStatus());
    return is_it;
  }
};

TEST_F(InterfaceNameTest, IsWhatTheKernelTakes) {
  // Kernels before 6.2 rename only what is down.
  ASSERT_EQ(ChangeLink(socket(), a_, {.up = false}), absl::OkStatus());
  std::vector<std::string> names = {
      "", ".", "..", "...", "all", "default", "al", std::string(15, 'x'), std::string(16, 'x'), "x%d", "x%s"};
  for (int byte = 0; byte < 256; ++byte) names.push_back(std::string("x") + static_cast<char>(byte));
  for (const std::string& name : names) {
    EXPECT_EQ(CheckInterfaceName(name).ok(), Takes(name)) << ::testing::PrintToString(name);
  }
}

}  // namespace
}  // namespace nsm::netlink
