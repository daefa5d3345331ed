// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/network_events.h"

#include "src/netlink/address.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class NetworkEventsTest : public FamilyTest {
 protected:
  void SetUp() override {
    NetlinkTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto events = NetworkEvents::Open();
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
