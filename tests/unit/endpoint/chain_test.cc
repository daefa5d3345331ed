// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/test_hop.h"

namespace nsm::endpoint {
namespace {

class EndpointChainTest : public testing::Test {
 protected:
  EndpointChainTest()
      : begin_(Compose(chain_, hop_, ipam_, IpamPolicy::kPolite, {}, OwnSide{.netns = {4, 1}})) {
    context_.caller.token = "token-of-fwd";
    context_.caller.token_expires = absl::Now() + absl::Minutes(10);
  }
  static NetworkServiceRequest Kernel(Connection connection) {
    NetworkServiceRequest request = RequestFor(std::move(connection));
    request.add_mechanism_preferences()->set_cls("LOCAL");
    request.mutable_mechanism_preferences(0)->set_type("KERNEL");
    return request;
  }

  TestHop hop_{"nse", absl::Minutes(10), absl::Seconds(1)};
  Ipam ipam_{ParsePrefixGroups("172.16.1.0/24").value()};
  Chain chain_;
  Begin& begin_;
  Context context_;
};

TEST_F(EndpointChainTest, TheLifeOfAConnection) {
  auto answer = chain_.Request(context_, Kernel(ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2)));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(PathToString(answer->path()), "nsc > nsmgr > fwd > nse");
  EXPECT_EQ(answer->id(), "fwd-id");
  EXPECT_EQ(answer->path().path_segments(2).token(), "token-of-fwd");
  EXPECT_TRUE(answer->path().path_segments(3).has_expires());
  EXPECT_EQ(answer->path().path_segments(3).metrics().at("server_interface"),
            "KERNEL/" + answer->mechanism().parameters().at("name"));
  EXPECT_EQ(answer->context().ip_context().src_ip_addrs(0), "172.16.1.1/32");
  EXPECT_EQ(answer->mechanism().parameters().at("inodeURL"), "inode://4/1");
  // What watchers and the next Close see is complete.
  ASSERT_EQ(hop_.monitor.Connections().size(), 1u);
  EXPECT_EQ(hop_.monitor.Connections()[0].connection.context().ip_context().dst_ip_addrs(0), "172.16.1.0/32");
  EXPECT_EQ(hop_.monitor.Connections()[0].connection.mechanism().type(), "KERNEL");
  EXPECT_EQ(begin_.established_count(), 1u);
  EXPECT_EQ(hop_.expiries.size(), 1u);

  ASSERT_TRUE(chain_.Close(context_, *answer).ok());
  EXPECT_TRUE(hop_.monitor.Connections().empty());
  EXPECT_EQ(begin_.established_count(), 0u);
  EXPECT_EQ(hop_.expiries.size(), 0u);
  EXPECT_EQ(ipam_.Dump().size(), 0u);
}

TEST_F(EndpointChainTest, ReselectIsANewConnectionThatIsUp) {
  auto first = chain_.Request(context_, Kernel(ConnectionThrough({"nsc", "fwd"}, 1)));
  ASSERT_TRUE(first.ok()) << first.status();
  Connection reselect = *first;
  reselect.clear_mechanism();
  reselect.set_state(::connection::RESELECT_REQUESTED);
  auto again = chain_.Request(context_, Kernel(reselect));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), ::connection::UP);
  EXPECT_EQ(again->context().ip_context().src_ip_addrs(0), "172.16.1.1/32") << "its addresses are free again";
  EXPECT_EQ(ipam_.Dump().size(), 1u);
  EXPECT_EQ(begin_.established_count(), 1u);
  EXPECT_EQ(hop_.expiries.size(), 1u);
}

TEST_F(EndpointChainTest, NothingOfAnOldPathStaysBehindTheEndpoint) {
  auto answer = chain_.Request(context_, Kernel(ConnectionThrough({"nsc", "fwd", "nse", "old"}, 1)));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(PathToString(answer->path()), "nsc > fwd > nse");
}

TEST_F(EndpointChainTest, WhatIsRefusedLeavesNothing) {
  EXPECT_FALSE(chain_.Request(context_, RequestFor(ConnectionThrough({"nsc", "fwd"}, 1))).ok());
  EXPECT_TRUE(hop_.monitor.Connections().empty());
  EXPECT_EQ(begin_.established_count(), 0u);
  EXPECT_EQ(hop_.expiries.size(), 0u);
  EXPECT_EQ(ipam_.Dump().size(), 0u);
}

}  // namespace
}  // namespace nsm::endpoint
