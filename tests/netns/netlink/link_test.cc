// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/link.h"

#include <net/if_arp.h>

#include <map>

#include "src/netlink/netns.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::HasSubstr;

constexpr Ifindex kHere{1000};
constexpr Ifindex kThere{2000};
constexpr uint32_t kGroup = 42;

class LinkTest : public NetlinkTest {
 protected:
  void SetUp() override {
    NetlinkTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto netns = Netns::Open(other_.path());
    ASSERT_TRUE(netns.ok()) << netns.status();
    other_netns_.emplace(*std::move(netns));
  }
  VethPair Pair() const {
    return {.index = kHere,
            .name = "here",
            .peer_index = kThere,
            .peer_name = "there",
            .peer_netns_fd = other_netns_->fd(),
            .group = kGroup,
            .mtu = 1400};
  }
  absl::StatusOr<Link> There(const std::string& name = "there") const {
    absl::StatusOr<Link> link = absl::UnknownError("");
    other_.In([&] {
      auto socket = Socket::Open();
      link = GetLink(*socket, name);
    });
    return link;
  }
  absl::StatusCode CodeOf(const VethPair& pair) { return CreateVethPair(socket(), pair).code(); }

  testing::TestNetns other_;
  std::optional<Netns> other_netns_;
};

TEST_F(LinkTest, AVethPairIsAsItWasWritten) {
  ASSERT_EQ(CreateVethPair(socket(), Pair()), absl::OkStatus());
  auto here = GetLink(socket(), "here");
  auto there = There();
  ASSERT_TRUE(here.ok() && there.ok()) << here.status() << there.status();
  EXPECT_EQ(here->index, kHere);
  EXPECT_EQ(there->index, kThere);
  EXPECT_EQ(here->group, kGroup);
  EXPECT_EQ(there->group, 0u);
  for (const Link& link : {*here, *there}) {
    EXPECT_EQ(link.kind, "veth");
    EXPECT_EQ(link.type, ARPHRD_ETHER);
    EXPECT_EQ(link.mtu, 1400u);
    EXPECT_FALSE(link.up);
    EXPECT_EQ(link.alias, "");
    EXPECT_NE(link.mac, MacAddress{});
  }
  EXPECT_EQ(GetLink(socket(), kHere)->name, "here");
}

TEST_F(LinkTest, WhatIsTakenIsTold) {
  ASSERT_EQ(CreateVethPair(socket(), Pair()), absl::OkStatus());
  VethPair pair = Pair();
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAborted) << "the index, if nothing else";
  pair.name = "elsewhere";
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAborted) << "the index";
  pair.index.value = 1001;
  pair.name = "here";
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAlreadyExists) << "the name";
  pair.name = "elsewhere";
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAlreadyExists) << "the name there";
  pair.peer_name = "also-there";
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAborted) << "the index there";
  pair.peer_index.value = 2001;
  other_.Output("ip link property add dev lo altname also-there");
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kAlreadyExists) << "an alternative name there";
  EXPECT_FALSE(GetLink(socket(), "elsewhere").ok()) << "nothing of it was made";
  pair.peer_name = "free";
  EXPECT_EQ(CodeOf(pair), absl::StatusCode::kOk);
}

TEST_F(LinkTest, AnotherNameOfALinkIsNotItsName) {
  Output("ip link property add dev a altname alternative");
  auto link = GetLink(socket(), "alternative");
  EXPECT_EQ(link.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(link.status().message(), HasSubstr("another name of a"));
}

TEST_F(LinkTest, WhatIsNotChangedStays) {
  constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
  const Link before = *GetLink(socket(), "a");
  struct Case {
    LinkChange change;
    std::function<void(Link&)> done;
  };
  Ifindex index = before.index;
  Link wanted = before;
  for (const Case& change : {Case{{.up = false}, [](Link& link) { link.up = false; }},
                             Case{{.name = "renamed"}, [](Link& link) { link.name = "renamed"; }},
                             Case{{.alias = "an alias"}, [](Link& link) { link.alias = "an alias"; }},
                             Case{{.alias = ""}, [](Link& link) { link.alias = ""; }},
                             Case{{.mac = kMac}, [&](Link& link) { link.mac = kMac; }},
                             Case{{.mtu = 1300}, [](Link& link) { link.mtu = 1300; }},
                             Case{{.group = 7}, [](Link& link) { link.group = 7; }},
                             Case{{.up = true}, [](Link& link) { link.up = true; }}}) {
    change.done(wanted);
    ASSERT_EQ(ChangeLink(socket(), index, change.change), absl::OkStatus());
    EXPECT_EQ(*GetLink(socket(), index), wanted);
  }
}

TEST_F(LinkTest, TheLongestAliasHas254Bytes) {
  EXPECT_EQ(ChangeLink(socket(), a_, {.alias = std::string(255, 'x')}).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ChangeLink(socket(), a_, {.alias = std::string(254, 'x')}), absl::OkStatus());
  EXPECT_EQ(GetLink(socket(), a_)->alias, std::string(254, 'x'));
}

TEST_F(LinkTest, OneEndTakesTheOtherWithIt) {
  ASSERT_EQ(CreateVethPair(socket(), Pair()), absl::OkStatus());
  other_.Output("ip link del dev there");
  EXPECT_EQ(GetLink(socket(), kHere).status().code(), absl::StatusCode::kNotFound);
  ASSERT_EQ(CreateVethPair(socket(), Pair()), absl::OkStatus());
  ASSERT_EQ(RemoveLink(socket(), kHere), absl::OkStatus());
  EXPECT_EQ(There().status().code(), absl::StatusCode::kNotFound);
}

TEST_F(LinkTest, WhatIsGoneCannotBeChangedButRemoved) {
  Ifindex gone = GoneLink();
  EXPECT_EQ(ChangeLink(socket(), gone, {.up = true}).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetLink(socket(), gone).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveLink(socket(), gone), absl::OkStatus());
  EXPECT_EQ(RemoveGroup(socket(), kGroup), absl::OkStatus());
}

TEST_F(LinkTest, AGroupIsDeletedAtOnceAndNothingElse) {
  std::map<std::string, uint32_t> before;
  auto look = [&] {
    std::map<std::string, uint32_t> groups;
    EXPECT_EQ(DumpLinks(socket(), [&](const Link& link) { groups[link.name] = link.group; }),
              absl::OkStatus());
    return groups;
  };
  before = look();
  for (uint32_t i = 0; i < 3; ++i) {
    VethPair pair = Pair();
    pair.index.value += i;
    pair.peer_index.value += i;
    pair.name += std::to_string(i);
    pair.peer_name += std::to_string(i);
    pair.group = i == 2 ? 43 : kGroup;
    ASSERT_EQ(CreateVethPair(socket(), pair), absl::OkStatus());
  }
  ASSERT_EQ(RemoveGroup(socket(), kGroup), absl::OkStatus());
  before["here2"] = 43;
  EXPECT_EQ(look(), before);
  EXPECT_FALSE(There("there0").ok());
  EXPECT_TRUE(There("there2").ok());
}

TEST_F(LinkTest, AVxlanDeviceIsAsItWasWritten) {
  const VxlanSettings settings{
      .port = 4790, .collect_metadata = true, .learning = false, .udp_zero_checksum6_rx = true};
  ASSERT_EQ(CreateVxlan(socket(), "vx", settings), absl::OkStatus());
  auto device = GetLink(socket(), "vx");
  ASSERT_TRUE(device.ok()) << device.status();
  EXPECT_EQ(device->kind, "vxlan");
  EXPECT_EQ(device->vxlan, settings);
  EXPECT_FALSE(device->up);
  EXPECT_EQ(CreateVxlan(socket(), "vx", settings).code(), absl::StatusCode::kAlreadyExists);
}

}  // namespace
}  // namespace nsm::netlink
