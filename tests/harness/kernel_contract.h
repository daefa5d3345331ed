// SPDX-License-Identifier: Apache-2.0
// What the dataplane takes for granted of the kernel, as cases that run over the fake kernel (tests/unit) and
// the real one (tests/netns): what is observed is what was wanted, and a second plan changes nothing but the
// record; what the kernel refuses, and what it takes away unasked.
//
// Include once in a program and instantiate KernelContract with a MakeKernelBench.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/dataplane/cross_connects.h"
#include "tests/harness/kernel_bench.h"

namespace nsm::dataplane {

inline IpAddress Address(const std::string& text) { return *IpAddress::Parse(text); }
inline IpPrefix Range(const std::string& text) { return *IpPrefix::Parse(text); }
inline Route OnLink(const std::string& prefix) { return {Range(prefix), std::nullopt}; }
inline Route Via(const std::string& prefix, const std::string& next_hop) {
  return {Range(prefix), Address(next_hop)};
}

inline constexpr MacAddress kMacA{{2, 0, 0, 0, 0, 0xa}};
inline constexpr MacAddress kMacB{{2, 0, 0, 0, 0, 0xb}};

template <class T, class Show>
std::string Listed(const std::vector<T>& list, Show show) {
  std::vector<std::string> texts;
  for (const T& value : list) texts.push_back(show(value));
  std::sort(texts.begin(), texts.end());
  return absl::StrJoin(texts, ", ");
}
inline std::string Listed(const std::vector<IpPrefix>& list) {
  return Listed(list, [](const IpPrefix& prefix) { return prefix.ToString(); });
}
inline std::string Listed(const std::vector<Neighbor>& list) {
  return Listed(list,
                [](const Neighbor& n) { return absl::StrCat(n.address.ToString(), " ", n.mac.ToString()); });
}
inline std::string Listed(const std::vector<Route>& list) {
  return Listed(list, [](const Route& route) {
    return absl::StrCat(route.prefix.ToString(), " via ",
                        route.next_hop.has_value() ? route.next_hop->ToString() : "-");
  });
}
inline std::string Described(const ObservedPodEnd& end) {
  return absl::StrCat("name ", end.name, "\nalias ", end.alias, "\nmtu ", end.mtu, "\nup ", end.up,
                      "\nguarded ", end.guarded, "\nipv6_off ", end.ipv6_off, "\nmac ", end.mac.ToString(),
                      "\nneighbors ", Listed(end.neighbors), "\naddresses ", Listed(end.addresses),
                      "\nroutes ", Listed(end.routes), "\n");
}
// All of it as text, in which differences show.
inline std::string Described(const Observed& observed) {
  std::string text;
  for (int i : {0, 1}) {
    if (const auto& attachment = observed.attachments[i]; attachment.has_value()) {
      absl::StrAppend(
          &text, "host_end ", attachment->host_end, "\nhost_up ", attachment->host_up, "\nhost_guard ",
          attachment->host_guard, "\nhost_mtu ", attachment->host_mtu, "\nsources ",
          Listed(attachment->allowed_sources), "\n",
          attachment->egress.has_value() ? ToString(PutEgress{{}, *attachment->egress, std::nullopt})
                                         : "no egress",
          "\n", attachment->pod_end.has_value() ? Described(*attachment->pod_end) : "no pod end\n");
    }
    if (observed.ingress[i].has_value()) {
      absl::StrAppend(&text, "ingress to ", observed.ingress[i]->index.value, " at ",
                      observed.ingress[i]->local.ToString(), "\n");
    }
  }
  return text;
}

class KernelContract : public ::testing::TestWithParam<MakeKernelBench> {
 protected:
  void SetUp() override {
    bench_ = GetParam()();
    if (bench_ == nullptr) GTEST_SKIP() << "this kernel cannot be had here";
    config_.tunnel_ip = Address("192.0.2.1");
    config_.vxlan_port = 4789;
    cross_connects_ = std::make_unique<CrossConnects>(config_, kernel());
  }

  Kernel& kernel() { return bench_->kernel(); }

  Attachment In(int pod, const std::string& name = "nsm0") {
    Attachment attachment;
    attachment.netns = bench_->Pod(pod);
    attachment.name = name;
    return attachment;
  }
  Tunnel To(const std::string& remote, uint32_t vni) {
    return {.local = config_.tunnel_ip, .remote = Address(remote), .port = 4789, .vni = {vni}};
  }
  // One of both families, with everything.
  Attachment Full(int pod, const std::string& name = "nsm0") {
    Attachment attachment = In(pod, name);
    attachment.alias = "an alias";
    attachment.mac = kMacA;
    attachment.neighbors = {{Address("10.0.0.2"), kMacB}, {Address("fd00::2"), kMacB}};
    attachment.addresses = {Range("10.0.0.1/24"), Range("172.16.0.1/32"), Range("fd00::1/64"),
                            Range("fe80::77/64")};
    attachment.routes = {
        OnLink("10.1.0.0/16"), Via("0.0.0.0/0", "10.0.0.2"), Via("10.3.0.0/16", "192.168.7.7"),
        OnLink("fd01::/64"),   Via("::/0", "fd00::2"),       Via("fd03::/64", "fd77::7")};
    attachment.allowed_sources = {Range("10.0.0.1/32"), Range("fd00::/64")};
    return attachment;
  }
  CrossConnect Joined(const Leg& client, const Leg& endpoint, const std::string& id = "one") {
    CrossConnect wanted;
    wanted.id = id;
    wanted.expiry = absl::FromUnixNanos(1'700'000'600'123'456'789);
    wanted.guarded = true;
    wanted.mtu = 1450;
    wanted.client = client;
    wanted.endpoint = endpoint;
    return wanted;
  }

  const Record& RecordOf(const std::string& id) { return cross_connects_->records().at(id); }
  BuiltAttachment Built(const std::string& id = "one", int leg = 0) {
    return std::get<BuiltAttachment>(RecordOf(id).legs[leg]);
  }
  Observed Observe(const Record& record) {
    auto observed = kernel().Observe(record);
    EXPECT_TRUE(observed.ok()) << observed.status();
    kernel().ReleaseNamespaces();
    return observed.value_or(Observed{});
  }
  ObservedPodEnd PodEnd(const std::string& id = "one") {
    return Observe(RecordOf(id)).attachments[0]->pod_end.value_or(ObservedPodEnd{});
  }
  absl::Status Do(const Op& op) {
    absl::Status status = kernel().Do(op);
    kernel().ReleaseNamespaces();
    return status;
  }

  // Asked for again with a later expiry.
  std::vector<Op> PlanAgain(CrossConnect wanted) {
    wanted.guarded |= wanted.payload == Payload::kIp;
    wanted.expiry += absl::Minutes(1);
    Desired desired{.cross_connect = wanted, .cookies = {}, .unused_indexes = {}};
    for (int i : {0, 1}) {
      const auto* attachment = std::get_if<Attachment>(i == 0 ? &wanted.client : &wanted.endpoint);
      if (attachment != nullptr) desired.cookies[i] = kernel().Identify(attachment->netns)->cookie;
    }
    kernel().ReleaseNamespaces();
    return Plan(desired, Observe(RecordOf(wanted.id)));
  }

  void ExpectAsWanted(const CrossConnect& wanted) {
    const bool guarded = wanted.guarded || wanted.payload == Payload::kIp;
    const Observed observed = Observe(RecordOf(wanted.id));
    for (int i : {0, 1}) {
      const Leg& leg = i == 0 ? wanted.client : wanted.endpoint;
      const Leg& other = i == 0 ? wanted.endpoint : wanted.client;
      if (const auto* tunnel = std::get_if<Tunnel>(&leg)) {
        Ingress ingress{.local = tunnel->local, .index = Built(wanted.id, 1 - i).index};
        EXPECT_TRUE(observed.ingress[i] == ingress);
        continue;
      }
      ASSERT_TRUE(observed.attachments[i].has_value());
      const ObservedAttachment& there = *observed.attachments[i];
      EXPECT_TRUE(there.host_end && there.host_up && there.host_guard);
      Egress egress{.to = {}, .payload = wanted.payload, .guarded = guarded};
      if (const auto* tunnel = std::get_if<Tunnel>(&other)) {
        egress.to = *tunnel;
      } else {
        egress.to = Built(wanted.id, 1 - i).index;
      }
      EXPECT_TRUE(there.egress == egress);
      ExpectAsWanted(std::get<Attachment>(leg), wanted.mtu, guarded, there);
    }
    std::vector<Op> again = PlanAgain(wanted);
    EXPECT_TRUE(again.size() == 1 && std::holds_alternative<PutRecord>(again[0]))
        << Listed(again, [](const Op& op) { return ToString(op); });
  }

  static void ExpectAsWanted(const Attachment& wanted, uint32_t mtu, bool guarded,
                             const ObservedAttachment& there) {
    EXPECT_EQ(Listed(there.allowed_sources), guarded ? Listed(wanted.allowed_sources) : "");
    ASSERT_TRUE(there.pod_end.has_value());
    const ObservedPodEnd& end = *there.pod_end;
    EXPECT_EQ(end.name, wanted.name);
    EXPECT_EQ(end.alias, wanted.alias);
    EXPECT_TRUE(end.up);
    EXPECT_EQ(end.guarded, guarded);
    if (mtu != 0) {
      EXPECT_EQ(end.mtu, mtu);
      EXPECT_EQ(there.host_mtu, mtu);
    }
    if (wanted.mac.has_value()) {
      EXPECT_EQ(end.mac.ToString(), wanted.mac->ToString());
    }
    EXPECT_EQ(Listed(end.neighbors), Listed(wanted.neighbors));
    EXPECT_EQ(Listed(end.addresses), Listed(wanted.addresses));
    EXPECT_EQ(Listed(end.routes), Listed(wanted.routes));
  }

  // Makes it so and looks.
  void Make(const CrossConnect& wanted) {
    ASSERT_EQ(cross_connects_->Apply(wanted), absl::OkStatus());
    ExpectAsWanted(wanted);
  }

  std::unique_ptr<KernelBench> bench_;
  NodeConfig config_;
  std::unique_ptr<CrossConnects> cross_connects_;
};

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

TEST_P(KernelContract, WhatTheKernelRefusesIsNotDone) {
  CrossConnect wanted = Joined(Full(0), To("192.0.2.2", 77));
  Make(wanted);
  bench_->AddLink(0, "theirs");
  const BuiltAttachment built = Built();
  BuiltAttachment other = built;
  other.index.value += 1;
  auto named = [&other](const std::string& name) {
    BuiltAttachment attachment = other;
    attachment.name = name;
    return attachment;
  };
  const std::string before = Described(Observe(RecordOf("one")));
  using absl::StatusCode;
  const std::vector<std::pair<Op, StatusCode>> refused = {
      {CreatePair{built, 0}, StatusCode::kAborted},
      {CreatePair{named("nsm0"), 0}, StatusCode::kAlreadyExists},
      {CreatePair{named("theirs"), 0}, StatusCode::kAlreadyExists},
      {CreatePair{named("lo"), 0}, StatusCode::kAlreadyExists},
      {SetMtu{built, 67, 1450}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "10.0.0.1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "10.0.0.255")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("10.5.0.0/16", "224.0.0.1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("fd05::/64", "fd00::1")}, StatusCode::kInvalidArgument},
      {AddRoute{built, Via("fd05::/64", "ff02::1")}, StatusCode::kInvalidArgument},
      {ConfigurePodEnd{built, {.alias = "", .mac = MacAddress{{1}}, .ipv6 = true}, std::nullopt},
       StatusCode::kAlreadyExists},
  };
  for (const auto& [op, code] : refused) {
    EXPECT_EQ(Do(op).code(), code) << ToString(op);
    EXPECT_EQ(Described(Observe(RecordOf("one"))), before) << ToString(op);
  }
  EXPECT_FALSE(kernel().HasHostEnd(other.index));

  ASSERT_EQ(Do(ConfigurePodEnd{built, {.alias = "", .mac = std::nullopt, .ipv6 = false}, std::nullopt}),
            absl::OkStatus());
  EXPECT_EQ(Listed(PodEnd().addresses), "10.0.0.1/24, 172.16.0.1/32");
  EXPECT_EQ(PodEnd().routes.size(), 3u);
  for (uint32_t mtu : {1450, 1000}) {
    ASSERT_EQ(Do(SetMtu{built, mtu, 0}), absl::OkStatus());
    EXPECT_FALSE(Do(AddAddress{built, Range("fd00::1/64")}).ok()) << mtu;
    EXPECT_FALSE(Do(AddRoute{built, OnLink("fd01::/64")}).ok()) << mtu;
    EXPECT_FALSE(Do(AddNeighbor{built, {Address("fd00::2"), kMacB}}).ok()) << mtu;
  }
  bench_->Do(Deed::kSetDown, built);
  EXPECT_FALSE(Do(AddRoute{built, OnLink("10.5.0.0/16")}).ok());
  EXPECT_EQ(Do(AddAddress{built, Range("10.0.0.7/32")}), absl::OkStatus());
  EXPECT_EQ(Do(AddNeighbor{built, {Address("10.0.0.7"), kMacB}}), absl::OkStatus());
}

TEST_P(KernelContract, TakingAwayWhatIsGoneIsFineAndAllElseIsNot) {
  for (bool with_namespace : {false, true}) {
    const int pod = with_namespace ? 1 : 0;
    Make(Joined(Full(pod), To("192.0.2.2", 77)));
    const Record record = RecordOf("one");
    const BuiltAttachment built = Built();
    if (with_namespace) {
      bench_->EndPod(pod);
    } else {
      bench_->Do(Deed::kDelete, built);
    }
    EXPECT_FALSE(kernel().HasHostEnd(built.index));
    EXPECT_FALSE(Observe(record).attachments[0]->host_end);
    EXPECT_FALSE(Observe(record).attachments[0]->pod_end.has_value());
    const std::vector<Op> not_found = {AttachHostGuard{built.index},
                                       RaiseHostEnd{built.index},
                                       SetMtu{built, 1400, 1450},
                                       AttachPodGuard{built},
                                       ConfigurePodEnd{built, {}, std::nullopt},
                                       AddNeighbor{built, {Address("10.0.0.2"), kMacB}},
                                       AddNeighbor{built, {Address("fd00::2"), kMacB}},
                                       AddAddress{built, Range("10.0.0.1/24")},
                                       AddAddress{built, Range("fd00::1/64")},
                                       AddRoute{built, OnLink("10.1.0.0/16")},
                                       AddRoute{built, OnLink("fd01::/64")}};
    for (const Op& op : not_found) EXPECT_EQ(Do(op).code(), absl::StatusCode::kNotFound) << ToString(op);
    const std::vector<Op> fine = {DetachPodGuard{built},
                                  RemoveNeighbor{built, {Address("10.0.0.2"), kMacB}},
                                  RemoveNeighbor{built, {Address("fd00::2"), kMacB}},
                                  RemoveAddress{built, Range("10.0.0.1/24")},
                                  RemoveAddress{built, Range("fd00::1/64")},
                                  RemoveRoute{built, OnLink("10.1.0.0/16")},
                                  RemoveRoute{built, OnLink("fd01::/64")},
                                  DisallowSource{built.index, Range("10.0.0.1/32")},
                                  DisallowSource{built.index, Range("10.0.0.1/32")},
                                  DisallowAllSources{built.index},
                                  DropEgress{built.index},
                                  DropEgress{built.index},
                                  DropIngress{{Address("192.0.2.2"), {77}}},
                                  DropIngress{{Address("192.0.2.2"), {77}}},
                                  DoomPair{built},
                                  DropRecord{"one"},
                                  DropRecord{"one"}};
    for (const Op& op : fine) EXPECT_EQ(Do(op), absl::OkStatus()) << ToString(op);
    ASSERT_EQ(cross_connects_->Remove("one"), absl::OkStatus());
  }
}

TEST_P(KernelContract, DoomedItIsGoneAndItsNameFree) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  const Record record = RecordOf("one");
  const BuiltAttachment built = Built();
  ASSERT_EQ(Do(DoomPair{built}), absl::OkStatus());
  EXPECT_FALSE(kernel().HasHostEnd(built.index));
  EXPECT_FALSE(Observe(record).attachments[0]->host_end);
  BuiltAttachment next = built;
  EXPECT_EQ(Do(CreatePair{next, 1450}).code(), absl::StatusCode::kAborted) << "its index is not free yet";
  next.index.value += 1;
  EXPECT_EQ(Do(CreatePair{next, 1450}), absl::OkStatus());
  bench_->Reap();
  EXPECT_TRUE(kernel().HasHostEnd(next.index));
  ASSERT_EQ(Do(DoomPair{next}), absl::OkStatus());
  EXPECT_EQ(Do(CreatePair{built, 1450}), absl::OkStatus());
}

TEST_P(KernelContract, AnotherNamespaceInItsPlaceIsLeftAlone) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  const std::string before = Described(Observe(RecordOf("one")));
  Record record = RecordOf("one");
  auto& built = std::get<BuiltAttachment>(record.legs[0]);
  built.cookie.value += 1'000'000;
  EXPECT_TRUE(Observe(record).attachments[0]->host_end);
  EXPECT_FALSE(Observe(record).attachments[0]->pod_end.has_value());
  EXPECT_EQ(Do(AddAddress{built, Range("10.0.0.7/32")}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Do(RemoveAddress{built, Range("10.0.0.1/24")}), absl::OkStatus());
  EXPECT_EQ(Do(CreatePair{built, 0}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Described(Observe(RecordOf("one"))), before);
}

TEST_P(KernelContract, WhatNoRecordAccountsForIsRemoved) {
  Make(Joined(Full(0), To("192.0.2.2", 77)));
  Make(Joined(In(1), To("192.0.2.2", 78), "two"));
  const std::string one = Described(Observe(RecordOf("one")));
  const Record two = RecordOf("two");
  ASSERT_EQ(kernel().RemoveUnaccounted({RecordOf("one")}), absl::OkStatus());
  EXPECT_EQ(Described(Observe(RecordOf("one"))), one);
  bench_->Reap();
  const Observed left = Observe(two);
  EXPECT_FALSE(left.attachments[0]->host_end || left.attachments[0]->pod_end.has_value());
  EXPECT_EQ(left.attachments[0]->egress.has_value(), false);
  EXPECT_EQ(Listed(left.attachments[0]->allowed_sources), "");
  EXPECT_FALSE(left.ingress[1].has_value());
}

}  // namespace nsm::dataplane
