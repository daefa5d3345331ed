// SPDX-License-Identifier: Apache-2.0
// The contract with the kernel (kernel_contract.h): what is wanted is observed, also after something else.
#pragma once

#include "tests/harness/kernel_contract.h"

namespace nsm::dataplane {

TEST_P(KernelContract, NamespacesAreToldApart) {
  auto first = kernel().Identify(bench_->Pod(0));
  auto second = kernel().Identify(bench_->Pod(1));
  auto node = kernel().Identify(bench_->Node());
  ASSERT_TRUE(first.ok() && second.ok() && node.ok());
  EXPECT_NE(first->cookie, second->cookie);
  EXPECT_FALSE(first->is_host || second->is_host);
  EXPECT_TRUE(node->is_host);
  EXPECT_EQ(kernel().Identify({4, 1}).status().code(), absl::StatusCode::kNotFound);
  kernel().ReleaseNamespaces();
}

TEST_P(KernelContract, WhatIsObservedIsWhatWasWanted) {
  Make(Joined(In(0), To("192.0.2.2", 77), "least"));
  CrossConnect local = Joined(Full(0, "nsm1"), Full(1), "local");
  local.guarded = false;
  local.mtu = 0;
  std::get<Attachment>(local.client).routes.clear();
  Make(local);
  CrossConnect tunnel = Joined(To("2001:db8::2", 16'777'215), Full(1, "nsm1"), std::string(63, 'x'));
  std::get<Attachment>(tunnel.endpoint).routes.resize(1);
  std::get<Attachment>(tunnel.endpoint).routes[0].prefix = Range("10.7.0.0/16");
  config_.tunnel_ip = Address("2001:db8::1");
  std::get<Tunnel>(tunnel.client).local = config_.tunnel_ip;
  tunnel.payload = Payload::kIp;
  Make(tunnel);
}

TEST_P(KernelContract, RecordsAreReadAsTheyWereWritten) {
  CrossConnect local = Joined(Full(0), Full(1), "local");
  local.payload = Payload::kIp;
  Make(local);
  Make(Joined(To("192.0.2.2", 1), In(1, "a-long-name-123"), std::string(63, 'x')));
  auto records = kernel().Records();
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  for (const Record& record : *records) EXPECT_TRUE(record == RecordOf(record.id)) << record.id;
  ASSERT_EQ(cross_connects_->Remove("local"), absl::OkStatus());
  EXPECT_EQ(kernel().Records()->size(), 1u);
}

TEST_P(KernelContract, OneStateFollowsAnother) {
  CrossConnect wanted = Joined(Full(0), To("192.0.2.2", 77));
  Make(wanted);
  auto& attachment = std::get<Attachment>(wanted.client);
  using Change = std::function<void()>;
  const std::vector<std::pair<const char*, Change>> changes = {
      {"a subnet's first address goes",
       [&] {
         attachment.addresses = {Range("10.0.0.9/24"), Range("172.16.0.1/32"), Range("fd00::9/64")};
       }},
      {"the only IPv4 address becomes another of its subnet",
       [&] {
         attachment.addresses = {Range("10.0.0.9/24")};
         attachment.routes = {OnLink("10.1.0.0/16"), Via("0.0.0.0/0", "10.0.0.2"), OnLink("fd01::/64")};
       }},
      {"and once more", [&] { attachment.addresses = {Range("10.0.0.1/24")}; }},
      {"and one of another", [&] { attachment.addresses = {Range("10.0.7.1/24")}; }},
      {"another length",
       [&] {
         attachment.addresses = {Range("10.0.7.1/32"), Range("fd00::9/128"), Range("fd00::1/64")};
       }},
      {"another length of IPv6", [&] { attachment.addresses[1] = Range("fd00::9/64"); }},
      {"no IPv4 any more", [&] { attachment.addresses = {Range("fd00::9/64")}; }},
      {"another MAC address", [&] { attachment.mac = kMacB; }},
      {"other neighbours",
       [&] {
         attachment.neighbors = {{Address("10.0.0.2"), kMacA}, {Address("fd00::3"), kMacB}};
       }},
      {"routes by other ways",
       [&] {
         attachment.routes = {Via("10.1.0.0/16", "10.0.0.2"), OnLink("0.0.0.0/0"),
                              Via("fd01::/64", "fd00::2")};
       }},
      {"no IPv6 any more, and an MTU too small for it",
       [&] {
         attachment.addresses = {Range("10.0.0.1/32")};
         attachment.routes = {OnLink("10.1.0.0/16")};
         attachment.neighbors = {{Address("10.0.0.2"), kMacA}};
         wanted.mtu = 1000;
       }},
      {"IPv6 again",
       [&] {
         attachment.addresses.push_back(Range("fd00::1/64"));
         attachment.neighbors.push_back({Address("fd00::2"), kMacA});
         wanted.mtu = 1400;
       }},
      {"unguarded", [&] { wanted.guarded = false; }},
      {"payload IP", [&] { wanted.payload = Payload::kIp; }},
      {"its peer answers probes", [&] { wanted.peer_answers = true; }},
      {"another tunnel", [&] { wanted.endpoint = To("192.0.2.3", 5); }},
      {"no tunnel", [&] { wanted.endpoint = Full(1); }},
      {"another name", [&] { attachment.name = "nsm9"; }},
      {"nothing", [&] { attachment = In(0, "nsm9"); }},
  };
  for (const auto& [what, change] : changes) {
    SCOPED_TRACE(what);
    change();
    Make(wanted);
    bench_->Reap();
  }
}

TEST_P(KernelContract, MadeAnewItHasItsMacAddress) {
  CrossConnect wanted = Joined(In(0), To("192.0.2.2", 77));
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.mac = kMacA;
  attachment.keeps_first_mac = true;
  Make(wanted);
  bench_->Do(Deed::kDelete, Built());
  Make(wanted);
  EXPECT_EQ(Observe(RecordOf("one")).attachments[0]->host_mac, kMacA);
  bench_->Do(Deed::kSetMac, Built());
  Make(wanted);

  // What an older version has made keeps its own until it is made anew.
  attachment.mac = kMacB;
  ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(PodEnd().mac, kMacA);
  EXPECT_EQ(PlanAgain(wanted).size(), 1u);
  bench_->Do(Deed::kDelete, Built());
  Make(wanted);
}

TEST_P(KernelContract, OfSeveralThatExcludeEachOtherTheLastCounts) {
  CrossConnect wanted = Joined(In(0), To("192.0.2.2", 77));
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses = {Range("fd00::1/64"), Range("10.0.0.1/24"), Range("fd00::1/128"),
                          Range("10.0.0.1/32")};
  attachment.routes = {OnLink("10.1.0.0/16"), OnLink("fd01::/64"), Via("10.1.0.0/16", "10.0.0.2"),
                       Via("fd01::/64", "fd00::2")};
  attachment.neighbors = {{Address("10.0.0.2"), kMacA},
                          {Address("fd00::2"), kMacA},
                          {Address("10.0.0.2"), kMacB},
                          {Address("fd00::2"), kMacB}};
  ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(PlanAgain(wanted).size(), 1u);
  attachment.addresses.erase(attachment.addresses.begin());
  attachment.routes.erase(attachment.routes.begin(), attachment.routes.begin() + 2);
  attachment.neighbors.erase(attachment.neighbors.begin(), attachment.neighbors.begin() + 2);
  ExpectAsWanted(wanted);
}

TEST_P(KernelContract, PayloadIpSpeaksIpv6OnlyWhereItIsNeeded) {
  CrossConnect wanted = Joined(In(0), To("192.0.2.2", 77));
  auto& attachment = std::get<Attachment>(wanted.client);
  wanted.payload = Payload::kIp;
  attachment.addresses = {Range("10.0.0.1/32")};
  attachment.neighbors = {{Address("10.0.0.2"), kMacB}};
  Make(wanted);
  EXPECT_TRUE(PodEnd().ipv6_off);
  attachment.neighbors.push_back({Address("fd00::2"), kMacB});
  ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().neighbors), "10.0.0.2 02:00:00:00:00:0b")
      << "the other one is nobody's neighbour";
  EXPECT_EQ(PlanAgain(wanted).size(), 1u);
  wanted.mtu = 1000;
  ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
  wanted.mtu = 1400;
  ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
  EXPECT_TRUE(PodEnd().ipv6_off) << "the kernel forgets the setting with a small MTU";
  attachment.addresses.push_back(Range("fd00::1/128"));
  Make(wanted);
  EXPECT_FALSE(PodEnd().ipv6_off);
}

// What a step takes away besides. The plan knows of each.
TEST_P(KernelContract, TheKernelTakesMoreAwayThanItIsTold) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  const BuiltAttachment built = Built();
  ASSERT_EQ(Do(AddAddress{built, Range("10.0.0.9/24")}), absl::OkStatus());
  ASSERT_EQ(Do(RemoveAddress{built, Range("10.0.0.1/24")}), absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().addresses), "172.16.0.1/32, fd00::1/64, fe80::77/64")
      << "the other of its subnet";
  EXPECT_EQ(PodEnd().routes.size(), 6u);
  ASSERT_EQ(Do(RemoveAddress{built, Range("172.16.0.1/32")}), absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().routes), "::/0 via fd00::2, fd01::/64 via -, fd03::/64 via fd77::7")
      << "with the last IPv4 address";
  EXPECT_EQ(Listed(PodEnd().neighbors), "fd00::2 02:00:00:00:00:0b");
  ASSERT_EQ(Do(RemoveAddress{built, Range("fd00::1/64")}), absl::OkStatus());
  EXPECT_EQ(PodEnd().routes.size(), 3u) << "not so with IPv6";
  ASSERT_EQ(Do(ConfigurePodEnd{built, {.alias = "", .mac = kMacA, .ipv6 = true}, std::nullopt}),
            absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().neighbors), "") << "with the MAC address, though it is the same";
  ASSERT_EQ(Do(AddNeighbor{built, {Address("10.0.0.2"), kMacB}}), absl::OkStatus());
  ASSERT_EQ(Do(AddNeighbor{built, {Address("fd00::2"), kMacB}}), absl::OkStatus());
  ASSERT_EQ(Do(SetMtu{built, 1279, 1450}), absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().addresses) + Listed(PodEnd().routes), "")
      << "all of IPv6 with the MTU that it needs";
  EXPECT_EQ(Listed(PodEnd().neighbors), "10.0.0.2 02:00:00:00:00:0b");
}

TEST_P(KernelContract, ARouteIsBesideOneOverAnotherInterface) {
  CrossConnect first = Joined(In(0), To("192.0.2.2", 77));
  CrossConnect second = Joined(In(0, "nsm1"), To("192.0.2.2", 78), "two");
  for (CrossConnect* wanted : {&first, &second}) {
    std::get<Attachment>(wanted->client).routes = {OnLink("10.1.0.1/32"), OnLink("fd01::1/128")};
    Make(*wanted);
  }
  for (const char* id : {"one", "two"}) {
    EXPECT_EQ(Listed(PodEnd(id).routes), "10.1.0.1/32 via -, fd01::1/128 via -") << id;
  }
}

TEST_P(KernelContract, AllRoutesOfAPodAreFound) {
  for (const char* prefix : {"10.9.0.0/16", "0.0.0.0/0"}) bench_->AddRoute(0, prefix);
  CrossConnect wanted = Joined(In(0), To("192.0.2.2", 77));
  auto& attachment = std::get<Attachment>(wanted.client);
  attachment.addresses = {Range("10.0.0.1/32"), Range("10.6.0.1/24")};
  attachment.routes = {OnLink("10.7.0.7/32"), Via("10.8.0.0/16", "10.7.0.7")};
  Make(wanted);
  auto found = [&](const char* prefix) {
    auto routes = kernel().FindRoutes(bench_->Pod(0), Range(prefix));
    kernel().ReleaseNamespaces();
    EXPECT_TRUE(routes.ok()) << routes.status();
    return Listed(routes.value_or(std::vector<PodRoute>{}), [&](const PodRoute& route) {
      if (!IsOurs(route.index)) return route.prefix.ToString();
      EXPECT_EQ(route.index, PodIndex(Built().index));
      return absl::StrCat(route.prefix.ToString(), " ours", route.beyond ? " beyond" : "");
    });
  };
  EXPECT_EQ(found("10.0.0.0/12"), "0.0.0.0/0, 10.7.0.7/32 ours, 10.8.0.0/16 ours beyond, 10.9.0.0/16");
  EXPECT_EQ(found("10.8.7.0/24"), "0.0.0.0/0, 10.8.0.0/16 ours beyond");
  EXPECT_EQ(found("10.7.0.7/32"), "10.7.0.7/32 ours") << "the one that is used";
  EXPECT_EQ(found("10.9.0.8/32"), "10.9.0.0/16");
  EXPECT_EQ(found("10.6.0.2/32"), "0.0.0.0/0") << "an address says nothing of its prefix";
  EXPECT_EQ(found("10.0.0.1/32"), "") << "its own address";
  EXPECT_EQ(found("fd00::1/128") + found("fd00::/64"), "");
}

}  // namespace nsm::dataplane
