// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/claims.h"

#include <gtest/gtest.h>

#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

IpPrefix Net(const std::string& text) { return *IpPrefix::Parse(text); }
Route ToPeer(const std::string& prefix) { return {Net(prefix), std::nullopt}; }
Route Beyond(const std::string& prefix) { return {Net(prefix), Ip("10.0.0.2")}; }
PodRoute OfThePod(const std::string& prefix) { return {.prefix = Net(prefix), .index = {2}}; }
PodRoute OfAnother(const std::string& prefix, bool beyond) {
  return {.prefix = Net(prefix), .index = PodIndex({kFirstIndex + 5}), .beyond = beyond};
}

TEST(Claims, ThePodsNetworksStayWhole) {
  for (const Route& wanted : {ToPeer("10.96.0.1/32"), Beyond("10.96.0.0/13"), Beyond("10.97.3.7/16")}) {
    EXPECT_TRUE(TakesFrom(OfThePod("10.96.0.0/12"), wanted)) << wanted.prefix.ToString();
  }
  for (const Route& wanted : {Beyond("10.96.0.0/12"), Beyond("10.96.7.7/12"), Beyond("10.0.0.0/8"),
                              Beyond("0.0.0.0/0"), ToPeer("10.128.0.1/32"), Beyond("fd00::/64")}) {
    EXPECT_FALSE(TakesFrom(OfThePod("10.96.0.0/12"), wanted)) << wanted.prefix.ToString();
  }
  EXPECT_TRUE(TakesFrom(OfThePod("fc00::/7"), ToPeer("fd00::1/128")));
}

TEST(Claims, WhatIsLeftToADefaultRouteIsFree) {
  for (const char* wide : {"0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/7"}) {
    EXPECT_FALSE(TakesFrom(OfThePod(wide), Beyond("8.8.8.8/32"))) << wide;
  }
  for (const char* wide : {"::/0", "2000::/3"}) {
    EXPECT_FALSE(TakesFrom(OfThePod(wide), Beyond("2001:db8::/32"))) << wide;
  }
}

TEST(Claims, EachLinkHasAddressesOfItsOwn) {
  for (const char* prefix : {"169.254.0.0/16", "fe80::/64"}) {
    const IpAddress last = Net(prefix).Last();
    EXPECT_FALSE(TakesFrom(OfThePod(prefix), {IpPrefix::Host(last), std::nullopt})) << prefix;
    EXPECT_FALSE(TakesFrom(OfThePod(prefix), last)) << prefix;
  }
  EXPECT_TRUE(TakesFrom(OfThePod("169.254.1.1/32"), Ip("169.254.1.1"))) << "somebody's gateway";
}

TEST(Claims, ConnectionsLeadToDifferentPlaces) {
  const PodRoute there = OfAnother("10.1.0.0/16", true);
  for (const char* taken : {"10.1.0.0/16", "10.1.7.0/24", "10.1.0.1/32", "10.0.0.0/8"}) {
    EXPECT_TRUE(TakesFrom(there, Beyond(taken))) << taken;
  }
  for (const char* free : {"10.2.0.0/16", "0.0.0.0/0", "0.0.0.0/1", "fd00::/64"}) {
    EXPECT_FALSE(TakesFrom(there, Beyond(free))) << free;
  }
  EXPECT_TRUE(TakesFrom(OfAnother("0.0.0.0/0", true), Beyond("0.0.0.0/0")));
  EXPECT_FALSE(TakesFrom(OfAnother("0.0.0.0/0", true), Beyond("10.1.0.0/16")));
}

TEST(Claims, PeersAddressesGoBeforeWhatOthersLeadTo) {
  EXPECT_FALSE(TakesFrom(OfAnother("10.1.0.0/16", true), ToPeer("10.1.0.1/32")));
  EXPECT_FALSE(TakesFrom(OfAnother("10.1.0.1/32", true), ToPeer("10.1.0.1/32")));
  EXPECT_FALSE(TakesFrom(OfAnother("10.1.0.1/32", false), Beyond("10.1.0.1/32"))) << "comes behind it";
  EXPECT_FALSE(TakesFrom(OfAnother("10.1.0.1/32", false), Beyond("10.1.0.0/16")));
  EXPECT_FALSE(TakesFrom(OfAnother("10.1.0.1/32", false), ToPeer("10.1.0.1/32")));
  EXPECT_TRUE(TakesFrom(OfAnother("10.1.0.0/16", true), ToPeer("10.1.0.0/24"))) << "that is no address";
}

TEST(Claims, APodIsGivenNoAddressThatItReachesElsewhere) {
  for (const PodRoute& there :
       {OfThePod("10.96.0.0/12"), OfThePod("10.96.0.1/32"), OfAnother("10.96.0.1/32", false)}) {
    EXPECT_TRUE(TakesFrom(there, Ip("10.96.0.1"))) << there.prefix.ToString();
  }
  for (const PodRoute& there : {OfThePod("0.0.0.0/0"), OfThePod("10.95.0.0/16"),
                                OfAnother("10.96.0.0/16", true), OfAnother("10.96.0.1/32", true)}) {
    EXPECT_FALSE(TakesFrom(there, Ip("10.96.0.1"))) << there.prefix.ToString();
  }
}

}  // namespace
}  // namespace nsm::dataplane
