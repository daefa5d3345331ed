// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/refuse_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm::proxy {
namespace {

absl::Status Ask(const std::vector<std::string>& hops, uint32_t index) {
  Chain chain;
  chain.Add<RefuseLoop>("proxy-east");
  chain.Add<ChainEnd>();
  Context context;
  Connection connection = ConnectionThrough(hops, index);
  connection.set_network_service("icmp@[2001:db8::1]");
  return chain.Request(context, RequestFor(std::move(connection))).status();
}

TEST(RefuseLoop, ARequestThatHasBeenHereIsRefused) {
  absl::Status refused = Ask({"nsc", "proxy-east", "nsmgr", "forwarder"}, 3);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(refused.message(), testing::HasSubstr("icmp@[2001:db8::1]"));
}

TEST(RefuseLoop, ARefreshAndAnotherProxyAreNone) {
  EXPECT_EQ(Ask({"nsc", "nsmgr", "forwarder", "proxy-east", "nsmgr-2"}, 2), absl::OkStatus());
  EXPECT_EQ(Ask({"nsc", "proxy-west", "nsmgr"}, 2), absl::OkStatus());
}

}  // namespace
}  // namespace nsm::proxy
