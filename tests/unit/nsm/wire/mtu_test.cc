// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/mtu.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

Mechanism WithMtu(const std::string& text) {
  Mechanism mechanism;
  (*mechanism.mutable_parameters())[mechanism::kMtu] = text;
  return mechanism;
}

TEST(Mtu, ZeroSaysNothing) {
  EXPECT_EQ(SmallerMtu(0, 0), 0u);
  EXPECT_EQ(SmallerMtu(0, 1400), 1400u);
  EXPECT_EQ(SmallerMtu(1400, 0), 1400u);
  EXPECT_EQ(SmallerMtu(1400, 1500), 1400u);
  EXPECT_EQ(MtuOf(WithMtu("1400")), 1400u);
  EXPECT_EQ(MtuOf(WithMtu("-1")), 0u);
  EXPECT_EQ(MtuOf(Mechanism()), 0u);
}

}  // namespace
}  // namespace nsm
