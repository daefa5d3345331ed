// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/network_events.h"

#include "absl/strings/str_cat.h"
#include "src/netlink/address.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr uint32_t kBit = 1u << 29;
constexpr Ifindex kHere{kBit + 1};
constexpr Ifindex kThere{kBit + 2};

class NetworkEventsTest : public FamilyTest {
 protected:
  void SetUp() override {
    NetlinkTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto events = NetworkEvents::Open(kBit);
    ASSERT_TRUE(events.ok()) << events.status();
    events_.emplace(*std::move(events));
  }
  NetworkEvents::News Read() {
    auto news = events_->Read();
    EXPECT_TRUE(news.ok()) << news.status();
    return news.value_or(NetworkEvents::News{});
  }

  std::optional<NetworkEvents> events_;
};

INSTANTIATE_TEST_SUITE_P(Both, NetworkEventsTest, BothFamilies(), FamilyName);

TEST_P(NetworkEventsTest, TellsOfAddresses) {
  ASSERT_EQ(EnsureAddress(socket(), a_, family().address), absl::OkStatus());
  // A worker of the kernel tells of an IPv6 address.
  EXPECT_TRUE(testing::Eventually([&] { return Read().addresses_changed; }));
  EXPECT_FALSE(Read().addresses_changed) << "once";
  ASSERT_EQ(RemoveAddress(socket(), a_, family().address), absl::OkStatus());
  EXPECT_TRUE(Read().addresses_changed);
}

TEST_F(NetworkEventsTest, TellsOfLinksThatAreGoneAndOfNoOthers) {
  Output("ip link add dev new type veth peer name new2; ip link set dev new alias x");
  EXPECT_THAT(Read().links_gone, IsEmpty());
  Ifindex b = IndexOf("b");
  Output("ip link del dev a");
  NetworkEvents::News news = Read();
  EXPECT_THAT(news.links_gone, UnorderedElementsAre(a_, b));
  EXPECT_FALSE(news.missed_some);
}

TEST_F(NetworkEventsTest, TellsOfDamageHereAndElsewhereAndOfNothingNew) {
  testing::TestNetns elsewhere;
  Output(absl::StrCat("ip link add dev pair index ", kHere.value, " type veth peer name pair index ",
                      kThere.value, " netns ", elsewhere.pid()));
  const std::string furnish =
      "ip link set pair up; ip addr add 10.0.0.1/24 dev pair; ip addr add fd00::1/64 nodad dev pair; "
      "ip route add 10.1.0.0/16 dev pair proto 97; ip -6 route add fd01::/64 dev pair proto 97; "
      "ip route add 10.2.0.0/16 dev pair; ip route del 10.2.0.0/16; "
      "ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:01 dev pair nud permanent; "
      "tc qdisc add dev pair clsact";
  Output(furnish);
  elsewhere.Output(furnish);
  NetworkEvents::News news = Read();
  EXPECT_THAT(news.links_hurt, IsEmpty());
  EXPECT_THAT(news.links_hurt_elsewhere, IsEmpty());
  EXPECT_FALSE(news.addresses_changed);
  for (const char* damage :
       {"ip route del 10.1.0.0/16", "ip -6 route del fd01::/64", "ip neigh flush dev pair nud permanent",
        "tc qdisc del dev pair clsact", "ip addr del fd00::1/64 dev pair", "ip addr flush dev pair"}) {
    Output(damage);
    news = Read();
    EXPECT_THAT(news.links_hurt, Contains(kHere)) << damage;
    EXPECT_THAT(news.links_hurt_elsewhere, IsEmpty()) << damage;
    elsewhere.Output(damage);
    news = Read();
    EXPECT_THAT(news.links_hurt, IsEmpty()) << damage;
    EXPECT_THAT(news.links_hurt_elsewhere, Contains(kThere)) << damage;
    EXPECT_FALSE(news.addresses_changed) << damage;
  }
  elsewhere.Output("ip link set pair down");
  EXPECT_THAT(Read().links_hurt_elsewhere, Contains(kThere));
  Output("ip link set pair down");
  EXPECT_THAT(Read().links_hurt, Contains(kHere));
}

TEST_F(NetworkEventsTest, TellsOfOtherWays) {
  testing::TestNetns elsewhere;
  Output(absl::StrCat("ip link add dev pair index ", kHere.value, " type veth peer name pair index ",
                      kThere.value, " netns ", elsewhere.pid()));
  Output("ip addr add 10.0.0.1/24 dev a");
  (void)Read();
  for (const char* change :
       {"ip route add 10.1.0.0/16 dev a", "ip route replace 10.1.0.0/16 dev b", "ip route del 10.1.0.0/16",
        "ip link set dev a mtu 1400", "ip link set dev a down", "ip link set dev a up",
        "ip link add dev c type veth peer name d", "ip link del dev c"}) {
    Output(change);
    EXPECT_TRUE(Read().ways_changed) << change;
  }
  for (const char* change : {"ip link set pair up", "ip addr add 10.2.0.1/24 dev pair",
                             "ip route add 10.3.0.0/16 dev pair proto 97", "ip link set pair mtu 1400",
                             "ip route del 10.3.0.0/16", "ip link set pair down"}) {
    Output(change);
    EXPECT_FALSE(Read().ways_changed) << change;
  }
  elsewhere.Output(
      "ip link set pair up; ip link add dev c type veth peer name d; ip link set dev c up; "
      "ip addr add 10.4.0.1/24 dev c; ip route add 10.5.0.0/16 dev c");
  EXPECT_FALSE(Read().ways_changed);
}

TEST_F(NetworkEventsTest, SaysWhenThereWasMoreThanItCouldKeep) {
  int small = 1;
  ASSERT_EQ(::setsockopt(events_->fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
  for (int i = 1; i < 100; ++i) {
    ASSERT_EQ(EnsureAddress(socket(), a_, IpPrefix::Host(Ip("10.0.0." + std::to_string(i)))),
              absl::OkStatus());
  }
  EXPECT_TRUE(Read().missed_some);
  EXPECT_FALSE(Read().missed_some);
}

}  // namespace
}  // namespace nsm::netlink
