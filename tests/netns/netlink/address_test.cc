// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/address.h"

#include <vector>

#include "tests/netns/netlink/netlink_test.h"

namespace nsm::netlink {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class AddressTest : public FamilyTest {
 protected:
  // Without the link-local one that the kernel makes itself.
  std::vector<Address> Addresses(Ifindex index) {
    std::vector<Address> found;
    EXPECT_EQ(DumpAddresses(socket(), index,
                            [&](const Address& address) {
                              if (address.global || address.ours) found.push_back(address);
                            }),
              absl::OkStatus());
    return found;
  }
  std::vector<IpPrefix> Prefixes() {
    std::vector<IpPrefix> prefixes;
    for (const Address& address : Addresses(a_)) prefixes.push_back(address.prefix);
    return prefixes;
  }
  absl::Status Ensure(const IpPrefix& prefix) { return EnsureAddress(socket(), a_, prefix); }
};

INSTANTIATE_TEST_SUITE_P(Both, AddressTest, BothFamilies(), FamilyName);

TEST_P(AddressTest, IsAsItWasWritten) {
  ASSERT_EQ(Ensure(family().address), absl::OkStatus());
  std::vector<Address> found = Addresses(a_);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].index, a_);
  EXPECT_EQ(found[0].prefix, family().address);
  EXPECT_TRUE(found[0].global && found[0].permanent && found[0].ours);
  EXPECT_TRUE(found[0].usable) << "at once";
  EXPECT_THAT(Addresses(IndexOf("b")), IsEmpty());
  EXPECT_THAT(Output("ip -4 route; ip -6 route"), Not(HasSubstr(family().address.Masked().ToString())));
}

TEST_P(AddressTest, ThereAlreadyIsFine) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(Ensure(family().address), absl::OkStatus());
  EXPECT_THAT(Prefixes(), ElementsAre(family().address));
}

TEST_P(AddressTest, OneForATimeBecomesPermanent) {
  Output("ip addr add " + family().address.ToString() + " dev a valid_lft 1000 preferred_lft 1000");
  EXPECT_FALSE(Addresses(a_).at(0).permanent);
  ASSERT_EQ(Ensure(family().address), absl::OkStatus());
  ASSERT_THAT(Prefixes(), ElementsAre(family().address));
  EXPECT_TRUE(Addresses(a_)[0].permanent);
}

TEST_P(AddressTest, RemovedIsGoneAndGoneIsFine) {
  ASSERT_EQ(Ensure(family().address), absl::OkStatus());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(RemoveAddress(socket(), a_, family().address), absl::OkStatus());
    EXPECT_THAT(Prefixes(), IsEmpty());
  }
}

TEST_P(AddressTest, OfAllLinksOrOfOne) {
  ASSERT_EQ(Ensure(family().address), absl::OkStatus());
  ASSERT_EQ(EnsureAddress(socket(), IndexOf("b"), family().other_address), absl::OkStatus());
  EXPECT_THAT(Prefixes(), ElementsAre(family().address));
  std::vector<IpPrefix> all;
  for (const Address& address : Addresses({})) all.push_back(address.prefix);
  EXPECT_THAT(all, UnorderedElementsAre(family().address, family().other_address));
}

TEST_P(AddressTest, OfALinkThatIsGone) {
  Ifindex gone = GoneLink();
  EXPECT_EQ(EnsureAddress(socket(), gone, family().address).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(RemoveAddress(socket(), gone, family().address), absl::OkStatus());
  EXPECT_THAT(Addresses(gone), IsEmpty());
}

// The kernel has an IPv6 address once, whatever its length.
TEST_F(AddressTest, Ipv6OfAnotherLengthIsMadeAnew) {
  ASSERT_EQ(Ensure(Prefix("fd00::1/64")), absl::OkStatus());
  ASSERT_EQ(Ensure(Prefix("fd00::1/128")), absl::OkStatus());
  EXPECT_THAT(Prefixes(), ElementsAre(Prefix("fd00::1/128")));
  ASSERT_EQ(Ensure(Prefix("10.0.0.1/24")), absl::OkStatus());
  ASSERT_EQ(Ensure(Prefix("10.0.0.1/32")), absl::OkStatus());
  EXPECT_THAT(Prefixes(), ElementsAre(Prefix("10.0.0.1/24"), Prefix("10.0.0.1/32"), Prefix("fd00::1/128")));
}

TEST_F(AddressTest, OfTwoLengthsTheRightOneIsRemoved) {
  ASSERT_EQ(Ensure(Prefix("10.0.0.1/32")), absl::OkStatus());
  ASSERT_EQ(Ensure(Prefix("10.0.0.1/24")), absl::OkStatus());
  ASSERT_EQ(RemoveAddress(socket(), a_, Prefix("10.0.0.1/24")), absl::OkStatus());
  EXPECT_THAT(Prefixes(), ElementsAre(Prefix("10.0.0.1/32")));
}

TEST_F(AddressTest, OneThatSomebodyElseHasIsMadeUsable) {
  // The kernel hears nobody answer and so takes a second to believe in it.
  Output("ip addr add fd00::1/64 dev a");
  EXPECT_FALSE(Addresses(a_).at(0).usable);
  ASSERT_EQ(Ensure(Prefix("fd00::1/64")), absl::OkStatus());
  EXPECT_TRUE(Addresses(a_).at(0).usable);
}

TEST_F(AddressTest, OursIsKnownAlsoWhereItIsLinkLocal) {
  ASSERT_EQ(Ensure(Prefix("fe80::77/64")), absl::OkStatus());
  std::vector<Address> found = Addresses(a_);
  ASSERT_EQ(found.size(), 1u) << "the kernel's own is not ours";
  EXPECT_FALSE(found[0].global);
  EXPECT_EQ(found[0].prefix, Prefix("fe80::77/64"));
}

TEST_F(AddressTest, WithoutIpv6ThereIsNothingToRemove) {
  Output("ip link set dev a mtu 1000");
  EXPECT_EQ(RemoveAddress(socket(), a_, Prefix("fd00::1/64")), absl::OkStatus());
  EXPECT_EQ(Ensure(Prefix("fd00::1/64")).code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(AddressTest, CanBeFoundByItsNeighbours) {
  ASSERT_EQ(Ensure(Prefix("fd00::12:3456/128")), absl::OkStatus());
  ASSERT_EQ(AwaitSolicitable(socket(), a_, Ip("fd00::12:3456")), absl::OkStatus());
  EXPECT_THAT(Output("ip -6 maddr show dev a"), ::testing::HasSubstr("ff02::1:ff12:3456"));
}

}  // namespace
}  // namespace nsm::netlink
