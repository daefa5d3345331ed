// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/ip_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::forwarder {
namespace {

using ::connectioncontext::IPContext;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> Texts(const std::vector<IpPrefix>& prefixes) {
  std::vector<std::string> texts;
  for (const IpPrefix& prefix : prefixes) texts.push_back(prefix.ToString());
  return texts;
}

// "prefix" or "prefix via next hop".
std::vector<std::string> Texts(const std::vector<dataplane::Route>& routes) {
  std::vector<std::string> texts;
  for (const dataplane::Route& route : routes)
    texts.push_back(route.prefix.ToString() + (route.next_hop ? " via " + route.next_hop->ToString() : ""));
  return texts;
}

class IpContextTest : public testing::Test {
 protected:
  IpContextTest() {
    context_.add_src_ip_addrs("10.0.0.1/32");
    context_.add_dst_ip_addrs("10.0.0.0/32");
  }
  SideOfIpContext Client() const { return ReadIpContext(context_, Side::kClient).value(); }
  SideOfIpContext Endpoint() const { return ReadIpContext(context_, Side::kEndpoint).value(); }
  void AddSrcRoute(const std::string& prefix, const std::string& next_hop = "") {
    context_.add_src_routes()->set_prefix(prefix);
    context_.mutable_src_routes()->rbegin()->set_nexthop(next_hop);
  }

  IPContext context_;
};

TEST_F(IpContextTest, EachSideGetsItsAddressAndARouteToTheOther) {
  EXPECT_THAT(Texts(Client().addresses), ElementsAre("10.0.0.1/32"));
  EXPECT_THAT(Texts(Client().routes), ElementsAre("10.0.0.0/32"));
  EXPECT_THAT(Texts(Endpoint().addresses), ElementsAre("10.0.0.0/32"));
  EXPECT_THAT(Texts(Endpoint().routes), ElementsAre("10.0.0.1/32"));
  // As an endpoint declares it anyhow.
  AddSrcRoute("10.0.0.0/32");
  EXPECT_THAT(Texts(Client().routes), ElementsAre("10.0.0.0/32"));
}

TEST_F(IpContextTest, ANeighbourOnTheSameSubnetNeedsNoRouteOfItsOwn) {
  *context_.mutable_src_ip_addrs(0) = "10.0.0.1/24";
  EXPECT_THAT(Texts(Client().routes), ElementsAre("10.0.0.0/24"));
  EXPECT_THAT(Texts(Client().allowed_sources), ElementsAre("10.0.0.1/32")) << "not the whole subnet";
}

TEST_F(IpContextTest, DeclaredRoutesGoThroughTheOtherSide) {
  AddSrcRoute("192.0.2.7/24");
  AddSrcRoute("198.51.100.0/24", "10.0.0.9");
  AddSrcRoute("2001:db8::/32");
  EXPECT_THAT(Texts(Client().routes), ElementsAre("10.0.0.0/32", "192.0.2.0/24 via 10.0.0.0",
                                                  "198.51.100.0/24 via 10.0.0.9", "2001:db8::/32"))
      << "the IPv6 one has no gateway of its family";
  context_.add_dst_ip_addrs("2001:db8:1::1/128");
  EXPECT_THAT(Texts(Client().routes).back(), "2001:db8::/32 via 2001:db8:1::1");
  EXPECT_THAT(Texts(Endpoint().routes), ElementsAre("10.0.0.1/32"));
}

TEST_F(IpContextTest, ASideSendsFromItsAddressesAndFromWhatTheOtherReachesThroughIt) {
  AddSrcRoute("192.0.2.0/24");
  AddSrcRoute("10.0.0.0/32");
  EXPECT_THAT(Texts(Endpoint().allowed_sources), ElementsAre("10.0.0.0/32", "192.0.2.0/24"));
  EXPECT_THAT(Texts(Client().allowed_sources), ElementsAre("10.0.0.1/32"));
}

TEST_F(IpContextTest, RefusesWhatItCannotRead) {
  auto refusal = [](const IPContext& context) {
    absl::Status status = ReadIpContext(context, Side::kClient).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  IPContext address = context_;
  address.add_dst_ip_addrs("10.0.0.256/32");
  EXPECT_THAT(refusal(address), HasSubstr("ip_context.dst_ip_addrs: "));
  IPContext route = context_;
  route.add_dst_routes()->set_prefix("10.0.0.0/33");
  EXPECT_THAT(refusal(route), HasSubstr("ip_context.dst_routes: ")) << "also the other side's";
  AddSrcRoute("192.0.2.0/24", "2001:db8::1");
  EXPECT_THAT(refusal(context_), HasSubstr("\"2001:db8::1\" is not a next hop for 192.0.2.0/24"));
  EXPECT_TRUE(ReadIpContext(IPContext(), Side::kClient).value() == SideOfIpContext());
}

}  // namespace
}  // namespace nsm::forwarder
