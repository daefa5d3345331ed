// SPDX-License-Identifier: Apache-2.0
#include "src/core/interface_name.h"

#include <gmock/gmock.h>

#include <string>

namespace nsm {
namespace {

using ::testing::HasSubstr;

// tests/netns/netlink/interface_name_test.cc asks the kernel about each of the 256 bytes.
TEST(InterfaceName, TakesWhatTheKernelTakes) {
  for (const char* name : {"a", "nsm-1", "eth0.100", "br_lan", "...", "\"", "é", "fifteen-bytes-x"}) {
    EXPECT_EQ(CheckInterfaceName(name), absl::OkStatus()) << name;
  }
}

TEST(InterfaceName, RefusesWhatTheKernelRefusesOrMakesAnotherOf) {
  for (const std::string& name :
       {std::string(), std::string("sixteen-bytes-xx"), std::string("."), std::string(".."),
        std::string("all"), std::string("default"), std::string("a/b"), std::string("a:1"),
        std::string("a b"), std::string("a\tb"), std::string("a\vb"), std::string("nsm%d"),
        std::string("a\xa0"), std::string("a\0b", 3)}) {
    EXPECT_EQ(CheckInterfaceName(name).code(), absl::StatusCode::kInvalidArgument) << name;
  }
  EXPECT_THAT(CheckInterfaceName("a\nb").message(), HasSubstr("\"a\\nb\" is not an interface name"));
}

}  // namespace
}  // namespace nsm
