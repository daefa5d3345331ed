// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::forwarder {
namespace {

using testing::HasSubstr;
using Parameters = std::map<std::string, std::string>;

Mechanism With(const Parameters& parameters) {
  Mechanism mechanism;
  mechanism.mutable_parameters()->insert(parameters.begin(), parameters.end());
  return mechanism;
}

TunnelEnd Own(const std::string& address = "192.0.2.1", uint16_t port = 4789) {
  return {.address = IpAddress::Parse(address).value(), .port = port};
}

TEST(ToAttachment, TakesANamespaceAndAnInterfaceName) {
  auto attachment = ToAttachment(With({{"inodeURL", "inode://4/4026531840"}, {"name", "fifteen-letters"}}));
  ASSERT_TRUE(attachment.ok()) << attachment.status();
  EXPECT_EQ(attachment->netns, (NetnsInode{4, 4026531840}));
  EXPECT_EQ(attachment->name, "fifteen-letters");
  for (const char* name : {"", ".", "..", "a/b", "a:b", "a b", "sixteen--letters"}) {
    auto refused = ToAttachment(With({{"inodeURL", "inode://4/1"}, {"name", name}}));
    EXPECT_TRUE(absl::IsInvalidArgument(refused.status())) << name;
  }
  for (const char* url : {"", "file:///proc/1/ns/net", "inode://4"}) {
    auto refused = ToAttachment(With({{"inodeURL", url}, {"name", "nsm-1"}}));
    EXPECT_THAT(refused.status().message(), HasSubstr("KERNEL parameter inodeURL")) << url;
  }
}

TEST(VxlanPeer, IsTheOtherEndOnOurPort) {
  const Mechanism mechanism = With({{"src_ip", "192.0.2.8"}, {"dst_ip", "192.0.2.9"}, {"dst_port", "4790"}});
  EXPECT_EQ(VxlanPeer(mechanism, Own(), true)->ToString(), "192.0.2.8") << "no port stands for 4789";
  EXPECT_EQ(VxlanPeer(mechanism, Own("192.0.2.1", 4790), false)->ToString(), "192.0.2.9");
  EXPECT_TRUE(absl::IsInvalidArgument(VxlanPeer(mechanism, Own(), false).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(VxlanPeer(mechanism, Own("192.0.2.1", 4790), true).status()));
  for (const char* port : {"x", "0", "-1", "4789 "}) {
    auto peer = VxlanPeer(With({{"src_ip", "192.0.2.8"}, {"src_port", port}}), Own("192.0.2.1", 4790), true);
    EXPECT_TRUE(absl::IsInvalidArgument(peer.status())) << port;
  }
  EXPECT_THAT(VxlanPeer(With({}), Own(), true).status().message(), HasSubstr("VXLAN parameter src_ip"));
}

TEST(ToTunnel, NeedsAVniAndOneFamily) {
  auto tunnel = ToTunnel(With({{"dst_ip", "192.0.2.9"}, {"vni", "77"}}), Own(), false);
  ASSERT_TRUE(tunnel.ok()) << tunnel.status();
  EXPECT_EQ(*tunnel, (dataplane::Tunnel{.local = Own().address,
                                        .remote = IpAddress::Parse("192.0.2.9").value(),
                                        .port = 4789,
                                        .vni = Vni{77}}));
  for (const char* vni : {"", "0", "16777216", "x"}) {
    EXPECT_FALSE(ToTunnel(With({{"dst_ip", "192.0.2.9"}, {"vni", vni}}), Own(), false).ok()) << vni;
  }
  auto mixed = ToTunnel(With({{"dst_ip", "2001:db8::9"}, {"vni", "77"}}), Own(), false);
  EXPECT_THAT(mixed.status().message(), HasSubstr("different families"));
}

TEST(PrefersEvenVni, FollowsTheOrderOfTheOriginalAddresses) {
  auto even = [](const Parameters& parameters, const char* own) {
    return PrefersEvenVni(With(parameters), Own(own));
  };
  EXPECT_TRUE(even({{"src_ip", "192.0.2.1"}}, "192.0.2.2"));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.2"}}, "192.0.2.2"));
  EXPECT_FALSE(even({{"src_ip", "192.0.2.3"}}, "192.0.2.2"));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.3"}, {"orig_src_ip", "10.0.0.1"}}, "192.0.2.2"));
  EXPECT_FALSE(even({{"src_ip", "192.0.2.1"}, {"orig_dst_ip", "10.0.0.1"}}, "192.0.2.2"));
  EXPECT_TRUE(even({{"src_ip", "192.0.2.3"}, {"orig_src_ip", ""}}, "192.0.2.2")) << "empty, but there";
  EXPECT_FALSE(even({{"src_ip", "192.0.2.1"}, {"orig_dst_ip", ""}}, "192.0.2.2"));
  EXPECT_TRUE(even({}, "192.0.2.2"));
}

TEST(PreferenceFor, KernelOnTheNodeAndVxlanBeyond) {
  Mechanism local = PreferenceFor(Url::Unix("/run/nse.sock"), Own(), 1400);
  EXPECT_EQ(local.cls() + " " + local.type(), "LOCAL KERNEL");
  EXPECT_TRUE(local.parameters().empty());
  Mechanism remote = PreferenceFor(Url::Tcp({"192.0.2.9", 5001}), Own("192.0.2.1", 4790), 0);
  EXPECT_EQ(remote.cls() + " " + remote.type(), "REMOTE VXLAN");
  EXPECT_EQ(remote.parameters().at("src_ip"), "192.0.2.1");
  EXPECT_EQ(remote.parameters().at("src_port"), "4790");
  EXPECT_FALSE(remote.parameters().contains("MTU"));
}

TEST(ToMechanism, IsReadBackAsTheSameLeg) {
  dataplane::Attachment attachment;
  attachment.netns = {4, 10};
  attachment.name = "nsm-1";
  EXPECT_EQ(ToAttachment(ToMechanism(attachment)).value(), attachment);
  const dataplane::Tunnel tunnel{
      .local = Own().address, .remote = IpAddress::Parse("192.0.2.9").value(), .port = 4790, .vni = Vni{77}};
  EXPECT_EQ(ToTunnel(ToMechanism(tunnel), Own("192.0.2.1", 4790), false).value(), tunnel);
}

}  // namespace
}  // namespace nsm::forwarder
