// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/mechanism_kind.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

TEST(MechanismKind, IsClassAndType) {
  const Mechanism kernel = MakeKernel("inode://4/1", "nsm-1"), vxlan = MakeMechanism(kRemoteVxlan);
  EXPECT_EQ(KindOf(kernel), kLocalKernel);
  EXPECT_EQ(KindOf(vxlan), kRemoteVxlan);
  EXPECT_NE(KindOf(vxlan), (MechanismKind{"LOCAL", "VXLAN"}));
  EXPECT_NE(KindOf(vxlan), (MechanismKind{"REMOTE", "WIREGUARD"}));
  EXPECT_TRUE(kLocalKernel.is_local());
  EXPECT_FALSE(kRemoteVxlan.is_local());
  EXPECT_FALSE(KindOf(Mechanism()).is_local());
}

TEST(MechanismKind, IsToldAlsoWhereItIsNone) {
  EXPECT_EQ(kRemoteVxlan.ToString(), "REMOTE VXLAN");
  EXPECT_EQ(KindOf(Mechanism()).ToString(), "(no class) (no type)");
}

TEST(MakeKernel, NamesAnInterface) {
  const Mechanism kernel = MakeKernel("inode://4/1", "nsm-1");
  EXPECT_EQ(Parameter(kernel, "inodeURL"), "inode://4/1");
  EXPECT_EQ(Parameter(kernel, "name"), "nsm-1");
}

}  // namespace
}  // namespace nsm
