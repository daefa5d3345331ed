// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/point_to_point.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm::endpoint {
namespace {

using ::connectioncontext::IPContext;
using testing::ElementsAre;

std::vector<std::string> PrefixesOf(
    const google::protobuf::RepeatedPtrField<::connectioncontext::Route>& routes) {
  std::vector<std::string> prefixes;
  for (const auto& route : routes) prefixes.push_back(route.prefix());
  return prefixes;
}

class PointToPointTest : public testing::Test {
 protected:
  PointToPointTest() {
    chain_.Add<PointToPoint>(ipam_, IpamPolicy::kPolite, routes_);
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::StatusOr<Connection> Request(const IPContext& ip = {}, ::connection::State state = ::connection::UP) {
    Connection connection = ConnectionThrough({"nsc", "nse"}, 1);
    *connection.mutable_context()->mutable_ip_context() = ip;
    connection.set_state(state);
    return chain_.Request(context_, RequestFor(connection));
  }

  const std::vector<IpPrefix> routes_{IpPrefix::Parse("192.0.2.0/24").value()};
  Ipam ipam_{ParsePrefixGroups("172.16.1.0/24").value()};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(PointToPointTest, BothSidesGetAnAddressAndARouteToTheOther) {
  auto answer = Request();
  ASSERT_TRUE(answer.ok()) << answer.status();
  const IPContext& ip = answer->context().ip_context();
  EXPECT_THAT(ip.dst_ip_addrs(), ElementsAre("172.16.1.0/32"));
  EXPECT_THAT(ip.src_ip_addrs(), ElementsAre("172.16.1.1/32"));
  EXPECT_THAT(PrefixesOf(ip.src_routes()), ElementsAre("172.16.1.0/32", "192.0.2.0/24"));
  EXPECT_THAT(PrefixesOf(ip.dst_routes()), ElementsAre("172.16.1.1/32"));
  auto again = Request(ip);
  EXPECT_EQ(again->context().SerializeAsString(), answer->context().SerializeAsString()) << "nothing twice";
}

TEST_F(PointToPointTest, AfterARestartAddressesAreTheSame) {
  IPContext before;
  before.add_src_ip_addrs("172.16.1.9/32");
  before.add_dst_ip_addrs("172.16.1.8/32");
  const IPContext ip = Request(before)->context().ip_context();
  EXPECT_THAT(ip.src_ip_addrs(), ElementsAre("172.16.1.9/32"));
  EXPECT_THAT(ip.dst_ip_addrs(), ElementsAre("172.16.1.8/32"));
}

TEST_F(PointToPointTest, AddressesOfOthersStayOrGoAsThePolicySays) {
  IPContext before;
  before.add_src_ip_addrs("10.0.0.1/32");
  before.add_dst_ip_addrs("10.0.0.0/32");
  before.add_src_routes()->set_prefix("10.0.0.0/32");
  before.add_dst_routes()->set_prefix("10.0.0.1/32");
  before.add_dst_routes()->set_prefix("203.0.113.0/24");
  before.add_src_routes()->set_prefix("198.51.100.0/24");
  const IPContext polite = Request(before)->context().ip_context();
  EXPECT_THAT(polite.src_ip_addrs(), ElementsAre("10.0.0.1/32", "172.16.1.1/32"));
  EXPECT_THAT(polite.dst_ip_addrs(), ElementsAre("10.0.0.0/32", "172.16.1.0/32"));
  EXPECT_THAT(PrefixesOf(polite.src_routes()),
              ElementsAre("10.0.0.0/32", "198.51.100.0/24", "172.16.1.0/32", "192.0.2.0/24"));

  auto expect_only_ours = [](const IPContext& ip) {
    EXPECT_THAT(ip.src_ip_addrs(), ElementsAre("172.16.1.1/32"));
    EXPECT_THAT(ip.dst_ip_addrs(), ElementsAre("172.16.1.0/32"));
    EXPECT_THAT(PrefixesOf(ip.src_routes()), ElementsAre("172.16.1.0/32", "192.0.2.0/24"));
    EXPECT_THAT(PrefixesOf(ip.dst_routes()), ElementsAre("203.0.113.0/24", "172.16.1.1/32"));
  };
  expect_only_ours(Request(before, ::connection::RESELECT_REQUESTED)->context().ip_context());
  Chain strict;
  strict.Add<PointToPoint>(ipam_, IpamPolicy::kStrict, routes_);
  Connection connection = ConnectionThrough({"nsc", "nse"}, 1);
  *connection.mutable_context()->mutable_ip_context() = before;
  expect_only_ours(strict.Request(context_, RequestFor(connection))->context().ip_context());
}

TEST_F(PointToPointTest, AnAddressThatBecomesExcludedIsReplacedAndNothingOfItStays) {
  IPContext ip = Request()->context().ip_context();
  ip.add_excluded_prefixes("172.16.1.0/31");
  ip = Request(ip)->context().ip_context();
  EXPECT_THAT(ip.src_ip_addrs(), ElementsAre("172.16.1.3/32"));
  EXPECT_THAT(ip.dst_ip_addrs(), ElementsAre("172.16.1.2/32"));
  EXPECT_THAT(PrefixesOf(ip.src_routes()), ElementsAre("192.0.2.0/24", "172.16.1.2/32"));
  EXPECT_THAT(PrefixesOf(ip.dst_routes()), ElementsAre("172.16.1.3/32"));
}

TEST_F(PointToPointTest, AnAddressThatAnotherHasByNowIsReplaced) {
  IPContext before;
  before.add_src_ip_addrs("172.16.1.1/32");
  before.add_dst_ip_addrs("172.16.1.0/32");
  Connection early = ConnectionThrough({"nsc", "nse"}, 1);
  early.set_id("early");
  ASSERT_TRUE(chain_.Request(context_, RequestFor(early)).ok());
  const IPContext ip = Request(before)->context().ip_context();
  EXPECT_THAT(ip.src_ip_addrs(), ElementsAre("172.16.1.3/32"));
  EXPECT_THAT(PrefixesOf(ip.src_routes()), ElementsAre("172.16.1.2/32", "192.0.2.0/24"));
}

TEST(IpamPolicyTest, HasTwoNames) {
  EXPECT_EQ(*ParseIpamPolicy("strict"), IpamPolicy::kStrict);
  EXPECT_EQ(*ParseIpamPolicy("polite"), IpamPolicy::kPolite);
  EXPECT_TRUE(absl::IsInvalidArgument(ParseIpamPolicy("rude").status()));
}

TEST_F(PointToPointTest, ExcludedPrefixesAreHonoured) {
  IPContext ip;
  ip.add_excluded_prefixes("172.16.1.0/25");
  EXPECT_THAT(Request(ip)->context().ip_context().dst_ip_addrs(), ElementsAre("172.16.1.128/32"));
  ip.add_excluded_prefixes("no prefix");
  EXPECT_TRUE(absl::IsInvalidArgument(Request(ip).status()));
}

TEST_F(PointToPointTest, ARefusedRequestLeavesNothingAndARefusedRefreshWhatWas) {
  auto refuse = [](Connection) { return absl::InvalidArgumentError("no such mechanism"); };
  end_->answer = refuse;
  Connection refused = ConnectionThrough({"nsc", "nse"}, 1);
  for (const char* type : {"", "MEMIF"}) {
    refused.mutable_mechanism()->set_type(type);
    EXPECT_FALSE(chain_.Request(context_, RequestFor(refused)).ok());
    EXPECT_FALSE(ipam_.Knows("nse-id")) << type;
  }
  end_->answer = nullptr;
  ASSERT_TRUE(Request().ok());
  end_->answer = refuse;
  EXPECT_FALSE(Request().ok());
  EXPECT_TRUE(ipam_.Knows("nse-id"));
}

TEST_F(PointToPointTest, CloseFreesAlsoIfItFails) {
  ASSERT_TRUE(Request().ok());
  end_->close_answer = absl::InternalError("");
  EXPECT_FALSE(chain_.Close(context_, ConnectionThrough({"nsc", "nse"}, 1)).ok());
  EXPECT_FALSE(ipam_.Knows("nse-id"));
}

}  // namespace
}  // namespace nsm::endpoint
