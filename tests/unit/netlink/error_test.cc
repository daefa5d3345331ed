// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/error.h"

#include <gtest/gtest.h>
#include <netlink/errno.h>

namespace nsm::netlink {
namespace {

TEST(FromLibnl, TakesItsCodesForWhatTheyAre) {
  EXPECT_EQ(FromLibnl(0, "x"), absl::OkStatus());
  EXPECT_EQ(FromLibnl(-NLE_EXIST, "x").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(FromLibnl(-NLE_OBJ_NOTFOUND, "x").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FromLibnl(-NLE_PERM, "x").code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(FromLibnl(-NLE_DUMP_INTR, "x").code(), absl::StatusCode::kUnavailable);
}

TEST(FromLibnl, NamesTheOperation) {
  EXPECT_EQ(FromLibnl(-NLE_NOMEM, "sending").message().substr(0, 9), "sending: ");
}

}  // namespace
}  // namespace nsm::netlink
