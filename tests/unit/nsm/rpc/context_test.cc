// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/context.h"

#include <gtest/gtest.h>

#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

TEST(CallerLimits, TheToken) {
  Caller caller{.token = std::string(limits::kToken, 'x')};
  EXPECT_TRUE(CheckLimits(caller).ok());
  caller.token += 'x';
  const absl::Status status = CheckLimits(caller);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "metadata.nsm-client-token has 8193 bytes: at most 8192");
}

}  // namespace
}  // namespace nsm
