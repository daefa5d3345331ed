// SPDX-License-Identifier: Apache-2.0
#include "src/netlink/message.h"

#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

namespace nsm::netlink {
namespace {

Attributes AttributesOf(const Message& message) {
  const nlmsghdr* header = nlmsg_hdr(message.get());
  return Attributes::Behind(header, static_cast<const ifinfomsg*>(nlmsg_data(header)));
}

TEST(Message, AttributesComeBackAsTheyWerePut) {
  Message message(RTM_NEWLINK, 0, ifinfomsg{});
  message.PutText(IFLA_IFNAME, "nsm0")
      .PutU32(IFLA_MTU, 1450)
      .PutAddress(IFLA_ADDRESS, *IpAddress::Parse("::1"));
  Attributes attributes = AttributesOf(message);
  EXPECT_EQ(attributes.Text(IFLA_IFNAME), "nsm0");
  EXPECT_EQ(attributes.U32(IFLA_MTU), 1450u);
  EXPECT_EQ(attributes.Address(IFLA_ADDRESS), *IpAddress::Parse("::1"));
}

TEST(Message, NestedAttributes) {
  Message message(RTM_NEWLINK, 0, ifinfomsg{});
  message.Nest(IFLA_LINKINFO, [](Message& info) {
    info.PutText(IFLA_INFO_KIND, "vxlan");
    info.Nest(IFLA_INFO_DATA,
              [](Message& data) { data.PutU8(IFLA_VXLAN_LEARNING, 0).PutU16(IFLA_VXLAN_PORT, 7); });
  });
  auto info = AttributesOf(message).Nested(IFLA_LINKINFO);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->Text(IFLA_INFO_KIND), "vxlan");
  auto data = info->Nested(IFLA_INFO_DATA);
  ASSERT_TRUE(data.has_value());
  EXPECT_EQ(data->U8(IFLA_VXLAN_LEARNING), 0);
  EXPECT_EQ(data->U16(IFLA_VXLAN_PORT), 7);
}

TEST(Attributes, WrongOrMissingIsNothing) {
  Message message(RTM_NEWLINK, 0, ifinfomsg{});
  message.PutU8(IFLA_MTU, 1).PutU16(IFLA_ADDRESS, 1);
  Attributes attributes = AttributesOf(message);
  EXPECT_EQ(attributes.U32(IFLA_MTU), std::nullopt);
  EXPECT_EQ(attributes.Address(IFLA_ADDRESS), std::nullopt);
  EXPECT_EQ(attributes.Text(IFLA_IFNAME), "");
  EXPECT_FALSE(attributes.Nested(IFLA_LINKINFO).has_value());
}

}  // namespace
}  // namespace nsm::netlink
