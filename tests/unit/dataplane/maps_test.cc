// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/maps.h"
#include "tests/harness/ip.h"

#include <gtest/gtest.h>

namespace nsm::dataplane {
namespace {

Record SomeRecord() {
  Record record{.id = std::string(63, 'i'),
                .expiry = absl::FromUnixNanos(1'700'000'000'123'456'789),
                .payload = Payload::kIp,
                .guarded = true,
                .mtu = 1450,
                .peer_answers = true,
                .legs = {}};
  record.legs[0] = BuiltAttachment{
      .index = {600'000'000}, .netns = {4, 4026532320}, .cookie = {77}, .name = "fifteen-letters"};
  record.legs[1] =
      Tunnel{.local = Ip("2001:db8::1"), .remote = Ip("2001:db8::2"), .port = 4790, .vni = {Vni::kMax}};
  return record;
}

TEST(Maps, RecordsComeBackAsTheyWere) {
  EXPECT_EQ(Decode(EncodeKey(SomeRecord().id), Encode(SomeRecord()), 4790), SomeRecord());
}

TEST(Maps, EntriesComeBackAsTheyWere) {
  Egress egress{.to = std::get<Tunnel>(SomeRecord().legs[1]), .payload = Payload::kIp, .guarded = true};
  EXPECT_EQ(Decode(Encode(egress), 4790), egress);
  egress.to = Ifindex{5};
  EXPECT_EQ(Decode(Encode(egress), 4790), egress);
  TunnelKey key{Ip("192.0.2.1"), {77}};
  EXPECT_EQ(Decode(Encode(key)), key);
  Ingress ingress{.local = Ip("192.0.2.2"), .index = {6}};
  EXPECT_EQ(Decode(Encode(ingress)), ingress);
}

TEST(Maps, PrefixesComeBackAsTheyWere) {
  for (const char* text : {"10.0.0.0/8", "10.0.0.1/32", "0.0.0.0/0", "::/0", "fd00::/64", "::ffff:0:0/90"}) {
    const IpPrefix prefix = Prefix(text);
    EXPECT_EQ(DecodeSource(EncodeSource({3}, prefix)), prefix);
    const Way way{.pod = {uint64_t{1} << 63 | 5}, .prefix = prefix};
    EXPECT_EQ(Decode(Encode(way)), way);
  }
}

}  // namespace
}  // namespace nsm::dataplane
