// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/socket.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include <atomic>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "src/netlink/address.h"
#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::HasSubstr;

using SocketTest = NetlinkTest;

TEST_F(SocketTest, AnErrorAtTheEndOfADumpIsAnError) {
  ndmsg header{};
  header.ndm_ifindex = 1;
  absl::Status status = socket().Query(Message(RTM_GETNEIGH, NLM_F_DUMP, header), "listing",
                                       [](const nlmsghdr*) { FAIL() << "nothing can be listed"; });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(status.message(), HasSubstr("listing: Invalid argument (")) << "and the kernel says why";
}

TEST_F(SocketTest, ARefusalSaysWhatTheKernelSays) {
  Message message(RTM_NEWADDR, NLM_F_CREATE,
                  ifaddrmsg{.ifa_family = AF_INET6,
                            .ifa_prefixlen = 128,
                            .ifa_flags = 0,
                            .ifa_scope = 0,
                            .ifa_index = a_.value});
  message.PutAddress(IFA_LOCAL, Ip("::"));
  EXPECT_THAT(socket().Request(message, "adding").ToString(), HasSubstr("(ipv6: Invalid address"));
}

TEST_F(SocketTest, AcceptedErrorsAreSuccess) {
  Message message(RTM_DELLINK, 0, ifinfomsg{});
  message.PutU32(IFLA_GROUP, 12345);
  EXPECT_EQ(socket().Request(message, "deleting").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(socket().Request(message, "deleting", {ENODEV}), absl::OkStatus());
}

TEST_F(SocketTest, ADumpThatAChangeInterruptsIsAskedForAgain) {
  constexpr int kAddresses = 2000;
  std::set<IpPrefix> all;
  for (int i = 0; i < kAddresses; ++i) {
    IpPrefix prefix = Prefix(absl::StrCat("10.0.", i / 250, ".", 1 + i % 250, "/32"));
    ASSERT_EQ(EnsureAddress(socket(), a_, prefix), absl::OkStatus());
    all.insert(prefix);
  }
  // One change beside each dump, so that one of two tries is whole.
  constexpr int kDumps = 50;
  std::atomic<int> dumps = 0;
  std::thread others([&] {
    netns_->In([&] {
      auto other = Socket::Open();
      for (int i = 0; i < kDumps; ++i) {
        while (dumps <= i) absl::SleepFor(absl::Microseconds(20));
        IpPrefix prefix = Prefix("172.16.0.1/32");
        absl::Status status =
            i % 2 == 0 ? EnsureAddress(*other, a_, prefix) : RemoveAddress(*other, a_, prefix);
        EXPECT_EQ(status, absl::OkStatus());
      }
    });
  });
  // Linux says nothing of an interruption where it is asked for one link.
  for (int i = 0; i < kDumps; ++i) {
    std::multiset<IpPrefix> found;
    ++dumps;
    EXPECT_EQ(DumpAddresses(socket(), {},
                            [&](const Address& address) {
                              const bool is_one = address.index == a_ && address.prefix.address().is_v4();
                              if (is_one) found.insert(address.prefix);
                            }),
              absl::OkStatus())
        << i;
    found.erase(Prefix("172.16.0.1/32"));
    EXPECT_EQ(std::multiset<IpPrefix>(all.begin(), all.end()), found) << i;
  }
  others.join();
}

TEST_F(SocketTest, TheCookieIsTheNamespaces) {
  EXPECT_EQ(*socket().Cookie(), netns_->cookie());
  testing::TestNetns other;
  EXPECT_NE(other.cookie(), netns_->cookie());
}

}  // namespace
}  // namespace nsm::netlink
