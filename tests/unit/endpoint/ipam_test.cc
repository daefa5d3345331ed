// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/ipam.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::endpoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<IpPrefix> Prefixes(const std::vector<std::string>& texts) {
  std::vector<IpPrefix> prefixes;
  for (const std::string& text : texts) prefixes.push_back(IpPrefix::Parse(text).value());
  return prefixes;
}

AddressPair Pair(const std::string& endpoint, const std::string& client) {
  return {.endpoint = IpAddress::Parse(endpoint).value(), .client = IpAddress::Parse(client).value()};
}

// "endpoint>client", or the error.
std::vector<std::string> Give(Ipam& ipam, const std::string& id, const std::vector<AddressPair>& wanted = {},
                              const std::vector<std::string>& excluded = {}) {
  auto pairs = ipam.Allocate(id, wanted, Prefixes(excluded));
  if (!pairs.ok()) return {pairs.status().ToString()};
  std::vector<std::string> texts;
  for (const AddressPair& pair : *pairs)
    texts.push_back(pair.endpoint.ToString() + ">" + pair.client.ToString());
  return texts;
}

Ipam Of(const std::string& groups) { return Ipam(ParsePrefixGroups(groups).value()); }

TEST(ParsePrefixGroups, ReadsGroupsWithAndWithoutBrackets) {
  auto parse = [](const char* text) { return ParsePrefixGroups(text).value(); };
  EXPECT_THAT(parse("172.16.1.7/24"), ElementsAre(Prefixes({"172.16.1.0/24"})));
  EXPECT_THAT(parse("10.0.0.0/24, 10.1.0.0/24"),
              ElementsAre(Prefixes({"10.0.0.0/24"}), Prefixes({"10.1.0.0/24"})));
  EXPECT_THAT(parse("[10.0.0.0/24, 10.1.0.0/24],[2001:db8::/64]"),
              ElementsAre(Prefixes({"10.0.0.0/24", "10.1.0.0/24"}), Prefixes({"2001:db8::/64"})));
  for (const char* text : {"", " ", "10.0.0.0/33", "[10.0.0.0/24", "[]", "[10.0.0.0/24]10.1.0.0/24", "x,"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParsePrefixGroups(text).status())) << text;
  }
}

TEST(Ipam, GivesEveryConnectionOnePairOfEachGroup) {
  Ipam ipam = Of("172.16.1.0/24,2001:db8::/64");
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("172.16.1.0>172.16.1.1", "2001:db8::>2001:db8::1"));
  EXPECT_THAT(Give(ipam, "b"), ElementsAre("172.16.1.2>172.16.1.3", "2001:db8::2>2001:db8::3"));
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("172.16.1.0>172.16.1.1", "2001:db8::>2001:db8::1"));
  ipam.Free("a");
  ipam.Free("a");
  EXPECT_FALSE(ipam.Knows("a"));
  EXPECT_TRUE(ipam.Knows("b"));
  EXPECT_EQ(ipam.Dump().size(), 1u);
  EXPECT_EQ(ipam.Dump()["b"][0]["client"], "172.16.1.3");
  EXPECT_THAT(Give(ipam, "c"), ElementsAre("172.16.1.0>172.16.1.1", "2001:db8::>2001:db8::1"));
}

TEST(Ipam, APrefixThatIsUsedUpIsFollowedByTheNextOfItsGroup) {
  Ipam ipam = Of("[10.0.0.0/31,10.1.0.0/31]");
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("10.0.0.0>10.0.0.1"));
  EXPECT_THAT(Give(ipam, "b"), ElementsAre("10.1.0.0>10.1.0.1"));
  EXPECT_THAT(Give(ipam, "c"), ElementsAre(HasSubstr("RESOURCE_EXHAUSTED: no two addresses are free in "
                                                     "10.0.0.0/31, 10.1.0.0/31")));
}

TEST(Ipam, WhatFailsTakesNothing) {
  Ipam ipam = Of("10.0.0.0/29,10.1.0.0/31");
  Give(ipam, "a");
  Give(ipam, "b");
  EXPECT_FALSE(ipam.Knows("b"));
  ipam.Free("a");
  EXPECT_THAT(Give(ipam, "c", {}, {"10.0.0.0/31"}), ElementsAre("10.0.0.2>10.0.0.3", "10.1.0.0>10.1.0.1"));
}

TEST(Ipam, TheLastAddressesOfAllAreGivenToo) {
  Ipam ipam = Of("255.255.255.254/31");
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("255.255.255.254>255.255.255.255"));
  EXPECT_THAT(Give(ipam, "b"), ElementsAre(HasSubstr("RESOURCE_EXHAUSTED")));
}

TEST(Ipam, WantedAddressesAreGivenAgainIfTheyAreFree) {
  Ipam ipam = Of("172.16.1.0/24");
  const AddressPair before = Pair("172.16.1.8", "172.16.1.9");
  EXPECT_THAT(Give(ipam, "a", {before}), ElementsAre("172.16.1.8>172.16.1.9"));
  EXPECT_THAT(Give(ipam, "b", {before}), ElementsAre("172.16.1.0>172.16.1.1")) << "taken by a";
  EXPECT_THAT(Give(ipam, "c", {Pair("10.0.0.8", "10.0.0.9")}), ElementsAre("172.16.1.2>172.16.1.3"));
  EXPECT_THAT(Give(ipam, "d", {Pair("172.16.1.6", "172.16.1.6")}), ElementsAre("172.16.1.4>172.16.1.5"));
}

TEST(Ipam, ExcludedAddressesAreNotGiven) {
  Ipam ipam = Of("172.16.1.0/24");
  EXPECT_THAT(Give(ipam, "a", {Pair("172.16.1.4", "172.16.1.5")}, {"172.16.1.0/29", "172.16.1.9/32"}),
              ElementsAre("172.16.1.8>172.16.1.10"));
}

TEST(Ipam, OnlyWhatBecomesExcludedIsExchanged) {
  Ipam ipam = Of("10.0.0.0/31,10.1.0.0/24");
  Give(ipam, "a");
  EXPECT_THAT(Give(ipam, "a", {}, {"10.1.0.1/32"}), ElementsAre("10.0.0.0>10.0.0.1", "10.1.0.0>10.1.0.2"));
  EXPECT_THAT(Give(ipam, "a", {}, {"10.1.0.0/24"}), ElementsAre(HasSubstr("RESOURCE_EXHAUSTED")));
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("10.0.0.0>10.0.0.1", "10.1.0.0>10.1.0.2")) << "keeps what it had";
  EXPECT_THAT(Give(ipam, "b"), ElementsAre(HasSubstr("RESOURCE_EXHAUSTED"))) << "a still has 10.0.0.0/31";
  ipam.Free("a");
  EXPECT_THAT(Give(ipam, "b"), ElementsAre("10.0.0.0>10.0.0.1", "10.1.0.0>10.1.0.1")) << "nothing leaked";
}

TEST(Ipam, ALargeExcludedPrefixIsPassedInOneStep) {
  Ipam ipam = Of("[2001:db8::/32,fd00::/64]");
  EXPECT_THAT(Give(ipam, "a", {}, {"2001:db8::/33"}), ElementsAre("2001:db8:8000::>2001:db8:8000::1"));
  EXPECT_THAT(Give(ipam, "b", {}, {"2001:db8::/16"}), ElementsAre("fd00::>fd00::1"));
  EXPECT_THAT(Give(ipam, "c", {}, {"::/0"}), ElementsAre(HasSubstr("RESOURCE_EXHAUSTED")));
}

TEST(Ipam, ReservedAddressesAreForThoseWhoHadThem) {
  Ipam ipam = Of("172.16.1.0/24");
  ipam.Reserve({Pair("172.16.1.0", "172.16.1.1").endpoint, Pair("172.16.1.0", "172.16.1.1").client,
                IpAddress::Parse("192.0.2.1").value()});
  EXPECT_THAT(Give(ipam, "new"), ElementsAre("172.16.1.2>172.16.1.3"));
  EXPECT_THAT(Give(ipam, "back", {Pair("172.16.1.0", "172.16.1.1")}), ElementsAre("172.16.1.0>172.16.1.1"));
  ipam.Free("back");
  EXPECT_THAT(Give(ipam, "next"), ElementsAre("172.16.1.0>172.16.1.1")) << "free for all again";
}

TEST(Ipam, AReservationEnds) {
  Ipam ipam = Of("172.16.1.0/24");
  ipam.Reserve({Pair("172.16.1.0", "172.16.1.1").client});
  EXPECT_THAT(Give(ipam, "a"), ElementsAre("172.16.1.0>172.16.1.2"));
  ipam.EndReservation();
  EXPECT_THAT(Give(ipam, "b"), ElementsAre("172.16.1.1>172.16.1.3"));
}

}  // namespace
}  // namespace nsm::endpoint
