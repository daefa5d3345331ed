// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "connectioncontext.pb.h"
#include "tests/unit/proto/encoding.h"

namespace nsm {
namespace {

TEST(ConnectionContextProto, IpNeighbor) {
  ::connectioncontext::IpNeighbor message;
  message.set_ip("i");
  message.set_hardware_address("h");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "i") + Bytes(2, "h"));
}

TEST(ConnectionContextProto, Route) {
  ::connectioncontext::Route message;
  message.set_prefix("p");
  message.set_nexthop("n");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "p") + Bytes(2, "n"));
}

TEST(ConnectionContextProto, IpFamily) {
  ::connectioncontext::IpFamily message;
  EXPECT_EQ(::connectioncontext::IpFamily::IPV4, 0);
  message.set_family(::connectioncontext::IpFamily::IPV6);
  EXPECT_EQ(message.SerializeAsString(), Number(1, 1));
}

TEST(ConnectionContextProto, ExtraPrefixRequest) {
  ::connectioncontext::ExtraPrefixRequest message;
  message.mutable_addr_family()->set_family(::connectioncontext::IpFamily::IPV6);
  message.set_prefix_len(2);
  message.set_required_number(3);
  message.set_requested_number(4);
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, Number(1, 1)) + Number(2, 2) + Number(3, 3) + Number(4, 4));
}

TEST(ConnectionContextProto, PolicyRoute) {
  ::connectioncontext::PolicyRoute message;
  message.set_from("f");
  message.set_proto("p");
  message.set_dst_port("d");
  message.set_src_port("s");
  message.add_routes()->set_prefix("r");
  EXPECT_EQ(message.SerializeAsString(),
            Bytes(1, "f") + Bytes(2, "p") + Bytes(3, "d") + Bytes(4, "s") + Bytes(5, Bytes(1, "r")));
}

TEST(ConnectionContextProto, IPContext) {
  ::connectioncontext::IPContext message;
  message.add_src_ip_addrs("s");
  message.add_dst_ip_addrs("d");
  message.set_src_ip_required(true);
  message.set_dst_ip_required(true);
  message.add_src_routes()->set_prefix("5");
  message.add_dst_routes()->set_prefix("6");
  message.add_excluded_prefixes("x");
  message.add_ip_neighbors()->set_ip("8");
  message.add_extra_prefix_request()->set_prefix_len(9);
  message.add_extra_prefixes("e");
  message.add_policies()->set_from("f");
  EXPECT_EQ(message.SerializeAsString(),
            Bytes(1, "s") + Bytes(2, "d") + Number(3, 1) + Number(4, 1) + Bytes(5, Bytes(1, "5")) +
                Bytes(6, Bytes(1, "6")) + Bytes(7, "x") + Bytes(8, Bytes(1, "8")) + Bytes(9, Number(2, 9)) +
                Bytes(10, "e") + Bytes(11, Bytes(1, "f")));
}

TEST(ConnectionContextProto, DNSContext) {
  ::connectioncontext::DNSContext message;
  ::connectioncontext::DNSConfig& config = *message.add_configs();
  config.add_dns_server_ips("i");
  config.add_search_domains("d");
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, Bytes(1, "i") + Bytes(2, "d")));
}

TEST(ConnectionContextProto, EthernetContext) {
  ::connectioncontext::EthernetContext message;
  message.set_src_mac("s");
  message.set_dst_mac("d");
  message.set_vlan_tag(3);
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, "s") + Bytes(2, "d") + Number(3, 3));
}

TEST(ConnectionContextProto, ConnectionContext) {
  ::connectioncontext::ConnectionContext message;
  message.mutable_ip_context()->add_src_ip_addrs("s");
  message.mutable_dns_context()->add_configs();
  message.mutable_ethernet_context()->set_src_mac("m");
  (*message.mutable_extra_context())["k"] = "v";
  message.set_mtu(5);
  EXPECT_EQ(message.SerializeAsString(), Bytes(1, Bytes(1, "s")) + Bytes(2, Bytes(1, "")) +
                                             Bytes(3, Bytes(1, "m")) + MapEntry(4, "k", "v") + Number(5, 5));
}

}  // namespace
}  // namespace nsm
