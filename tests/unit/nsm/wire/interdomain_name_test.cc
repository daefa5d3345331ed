// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/interdomain_name.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

TEST(InterdomainName, SplitsAtTheFirstAt) {
  EXPECT_EQ(InterdomainName::Split("ns"), std::nullopt);
  auto name = InterdomainName::Split("ns@east@west");
  ASSERT_TRUE(name);
  EXPECT_EQ(name->target, "ns");
  EXPECT_EQ(name->domain, "east@west");
  EXPECT_EQ(name->ToString(), "ns@east@west");
  EXPECT_EQ(InterdomainName::Split("ns@[2001:db8::1]:5005")->domain, "[2001:db8::1]:5005");
  EXPECT_EQ(InterdomainName::Split("ns@tcp://192.0.2.4:5002")->domain, "tcp://192.0.2.4:5002");
}

}  // namespace
}  // namespace nsm
