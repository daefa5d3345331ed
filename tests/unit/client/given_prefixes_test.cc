// SPDX-License-Identifier: Apache-2.0
#include "src/client/given_prefixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "absl/time/clock.h"

namespace nsm::client {
namespace {

using testing::HasSubstr;

Connection With(const std::string& client, const std::string& endpoint, const std::string& route = "") {
  Connection connection;
  auto& ip = *connection.mutable_context()->mutable_ip_context();
  ip.add_src_ip_addrs(client);
  ip.add_dst_ip_addrs(endpoint);
  if (!route.empty()) ip.add_src_routes()->set_prefix(route);
  return connection;
}

std::set<IpPrefix> Set(const std::vector<std::string>& texts) {
  std::set<IpPrefix> prefixes;
  for (const std::string& text : texts) prefixes.insert(IpPrefix::Parse(text).value());
  return prefixes;
}

TEST(GivenPrefixesTest, WhatOthersHaveAndRouteToIsExcluded) {
  GivenPrefixes given;
  ASSERT_TRUE(given.Take("a", "a at nsm-1", With("10.0.0.1/24", "10.0.0.2/32", "192.0.2.7/24")).ok());
  ASSERT_TRUE(given.Take("b", "b at nsm-2", With("2001:db8::1/128", "2001:db8::2/128", "::/0")).ok());
  EXPECT_EQ(given.ExcludedFor("c"),
            Set({"10.0.0.1/32", "10.0.0.2/32", "192.0.2.0/24", "2001:db8::1/128", "2001:db8::2/128"}))
      << "an address and not the prefix that it has on the interface; no default route";
  EXPECT_EQ(given.ExcludedFor("a"), Set({"2001:db8::1/128", "2001:db8::2/128"}));
  given.Free("b");
  EXPECT_TRUE(given.ExcludedFor("a").empty());
}

TEST(GivenPrefixesTest, HalvesOfEverythingLeaveTheOthersTheirAddresses) {
  GivenPrefixes given;
  Connection wide = With("10.0.0.1/32", "10.0.0.2/32", "0.0.0.0/1");
  for (const char* half : {"128.0.0.0/1", "::/1", "8000::/1", "172.16.0.0/12"}) {
    wide.mutable_context()->mutable_ip_context()->add_src_routes()->set_prefix(half);
  }
  ASSERT_TRUE(given.Take("a", "a at nsm-1", wide).ok());
  EXPECT_EQ(given.ExcludedFor("b"), Set({"10.0.0.1/32", "10.0.0.2/32", "172.16.0.0/12"}));
}

TEST(GivenPrefixesTest, PeopleAreToldAllThatIsExcluded) {
  GivenPrefixes given;
  ASSERT_TRUE(given.Take("a", "a at nsm-1", With("10.0.0.1/32", "10.0.0.2/32", "10.0.0.2/32")).ok());
  ASSERT_TRUE(given.Take("b", "b at nsm-2", With("10.9.0.1/32", "10.9.0.2/32", "192.0.2.0/24")).ok());
  EXPECT_EQ(given.OthersThan("c"),
            "a at nsm-1 has 10.0.0.1/32, 10.0.0.2/32; "
            "b at nsm-2 has 10.9.0.1/32, 10.9.0.2/32 and routes to 192.0.2.0/24");
  EXPECT_EQ(given.OthersThan("b"), "a at nsm-1 has 10.0.0.1/32, 10.0.0.2/32");
}

TEST(GivenPrefixesTest, NoAddressIsGivenTwice) {
  GivenPrefixes given;
  ASSERT_TRUE(given.Take("a", "a at nsm-1", With("10.0.0.1/32", "10.0.0.2/32")).ok());
  for (const Connection& other : {With("10.0.0.1/32", "10.9.0.2/32"), With("10.9.0.1/32", "10.0.0.2/32"),
                                  With("10.0.0.2/32", "10.9.0.1/32")}) {
    const absl::Status refused = given.Take("b", "b at nsm-2", other);
    EXPECT_TRUE(absl::IsAlreadyExists(refused));
    EXPECT_THAT(refused.message(), HasSubstr("b at nsm-2 was given 10.0.0."));
    EXPECT_THAT(refused.message(), HasSubstr("which a at nsm-1 has already"));
  }
  EXPECT_TRUE(given.ExcludedFor("a").empty()) << "b has nothing";
  EXPECT_TRUE(given.Take("a", "a at nsm-1", With("10.0.0.1/32", "10.0.0.2/32")).ok()) << "its own, again";
}

TEST(GivenPrefixesTest, TurnsFollowOneAnotherAndNoneIsWaitedForForLong) {
  GivenPrefixes given;
  std::optional<GivenPrefixes::Turn> hangs(given);
  const absl::Time begin = absl::Now();
  { GivenPrefixes::Turn second(given); }
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(500));
  std::atomic<bool> is_over = false;
  std::thread ends([&] {
    is_over = true;
    hangs.reset();
  });
  GivenPrefixes::Turn third(given);
  EXPECT_TRUE(is_over);
  ends.join();
}

}  // namespace
}  // namespace nsm::client
