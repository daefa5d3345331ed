// SPDX-License-Identifier: Apache-2.0
// Recorded states of older schemas, upgraded. In schema_1.txt a node has two connections: "one" from a pod
// into a tunnel, "two" between two pods. In those after it there are the same two, with ids as a forwarder
// gives them.
#include "src/dataplane/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/dataplane/maps.h"
#include "src/dataplane/schema_1.h"
#include "src/dataplane/schema_3.h"
#include "tests/harness/ip.h"
#include "tests/harness/recorded_state.h"

namespace nsm::dataplane {
namespace {

using testing::At;
using ::testing::HasSubstr;
using testing::ReadRecordedState;

constexpr uint16_t kPort = 4789;
constexpr Ifindex kClient{0x2673f192};
constexpr Ifindex kLeft{0x271cefde};
constexpr Ifindex kRight{0x237de790};

std::string Bytes(uint32_t number) { return {reinterpret_cast<const char*>(&number), sizeof(number)}; }

class FromSchema1 : public ::testing::Test {
 protected:
  static Record RecordOf(const PinnedMaps& maps, const std::string& id) {
    nsm_record_key key = EncodeKey(id);
    return Decode(key, At<nsm_record>(maps.at("records"), key), kPort);
  }
  // With one byte of it changed.
  static absl::Status Damaged(const std::string& map, size_t offset) {
    PinnedMaps maps = ReadRecordedState(1);
    maps.at(map).entries.begin()->second.at(offset) ^= 0x40;
    return Upgrade(1, maps).status();
  }

  const PinnedMaps old = ReadRecordedState(1);
  const absl::StatusOr<PinnedMaps> maps = Upgrade(1, old);
  const Tunnel tunnel{.local = Ip("192.0.2.1"), .remote = Ip("192.0.2.2"), .port = kPort, .vni = {77}};
};

TEST_F(FromSchema1, RecordsAreWhatTheyWere) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(maps->at("records").entries.size(), 2u);
  Record one = RecordOf(*maps, "one");
  EXPECT_EQ(one.id, "one");
  EXPECT_EQ(one.payload, Payload::kEthernet);
  EXPECT_TRUE(one.guarded);
  EXPECT_EQ(one.mtu, 1450u);
  EXPECT_EQ(std::get<Tunnel>(one.legs[1]), tunnel);
  const auto& pod = std::get<BuiltAttachment>(one.legs[0]);
  EXPECT_EQ(pod.index, kClient);
  EXPECT_EQ(pod.name, "nsm0");

  auto was = At<schema_1::Record>(old.at("records"), EncodeKey("one"));
  EXPECT_EQ(absl::ToUnixNanos(one.expiry), was.expiry);
  EXPECT_EQ(pod.netns, (NetnsInode{was.legs[0].netns_device, was.legs[0].netns_inode}));
  EXPECT_EQ(pod.cookie.value, was.legs[0].netns_cookie);
  EXPECT_NE(pod.netns.inode, 0u);
  EXPECT_NE(pod.cookie.value, 0u);

  Record two = RecordOf(*maps, "two");
  EXPECT_EQ(two.payload, Payload::kIp);
  EXPECT_EQ(two.mtu, 9000u);
  EXPECT_EQ(std::get<BuiltAttachment>(two.legs[0]).index, kLeft);
  EXPECT_EQ(std::get<BuiltAttachment>(two.legs[1]).index, kRight);
  EXPECT_EQ(std::get<BuiltAttachment>(two.legs[1]).name, "fifteen-letters");
}

TEST_F(FromSchema1, PacketsGoWhereTheyWent) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  auto egress = [this](Ifindex from) {
    return Decode(At<nsm_egress>(maps->at("egress"), from.value), kPort);
  };
  EXPECT_EQ(egress(kClient), (Egress{.to = tunnel, .payload = Payload::kEthernet, .guarded = true}));
  EXPECT_EQ(egress(kLeft), (Egress{.to = kRight, .payload = Payload::kIp, .guarded = true}));
  EXPECT_EQ(egress(kRight), (Egress{.to = kLeft, .payload = Payload::kIp, .guarded = true}));
  EXPECT_EQ(maps->at("egress").entries.size(), 3u);
  nsm_tunnel_key key = Encode(TunnelKey{.remote = tunnel.remote, .vni = tunnel.vni});
  EXPECT_EQ(Decode(At<nsm_ingress>(maps->at("ingress"), key)),
            (Ingress{.local = tunnel.local, .index = kClient}));
  uint32_t zero = 0;
  EXPECT_EQ(At<nsm_node>(maps->at("node"), zero).vxlan_ifindex,
            At<schema_1::Node>(old.at("node"), zero).vxlan_ifindex);
}

TEST_F(FromSchema1, WhatHasNotChangedIsAsItWas) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(maps->size(), 11u);
  for (const char* name : {"allowed_sources", "own_addresses", "counters"}) {
    EXPECT_FALSE(old.at(name).entries.empty()) << name;
    EXPECT_EQ(maps->at(name), old.at(name)) << name;
  }
}

TEST_F(FromSchema1, SizesAreThoseOfOurMaps) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(CheckShapes(*maps, {{"node", sizeof(uint32_t), sizeof(nsm_node)},
                                {"records", sizeof(nsm_record_key), sizeof(nsm_record)},
                                {"egress", sizeof(uint32_t), sizeof(nsm_egress)},
                                {"ingress", sizeof(nsm_tunnel_key), sizeof(nsm_ingress)},
                                {"allowed_sources", sizeof(nsm_source_key), sizeof(uint32_t)},
                                {"own_addresses", sizeof(nsm_address), sizeof(uint32_t)},
                                {"peers", sizeof(nsm_address), sizeof(nsm_peer)},
                                {"traffic", sizeof(uint32_t), sizeof(nsm_traffic)},
                                {"counters", sizeof(uint32_t), sizeof(uint64_t)}}),
            absl::OkStatus());
}

TEST_F(FromSchema1, WhatIsNoSuchStateIsRefused) {
  PinnedMaps without = old;
  without.erase("egress");
  EXPECT_THAT(Upgrade(1, without).status().message(), HasSubstr("no map egress"));
  PinnedMaps other = old;
  other.at("ingress").value_size = 20;
  EXPECT_THAT(Upgrade(1, other).status().message(),
              HasSubstr("map ingress has keys and values of 20 and 20"));
  // Its number, and the kind of a leg.
  EXPECT_THAT(Damaged("records", offsetof(schema_1::Record, schema_version)).message(), HasSubstr("\"one\""));
  EXPECT_THAT(Damaged("records", offsetof(schema_1::Record, legs) + offsetof(schema_1::Leg, kind)).message(),
              HasSubstr("\"one\""));
  for (const PinnedMaps& maps : {without, other, PinnedMaps{}}) {
    EXPECT_EQ(Upgrade(1, maps).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

class FromSchema2 : public ::testing::Test {
 protected:
  const PinnedMaps old = ReadRecordedState(2);
  const absl::StatusOr<PinnedMaps> maps = Upgrade(2, old);
};

TEST_F(FromSchema2, WhatHasNotChangedIsAsItWas) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  for (const auto& [name, map] : old) {
    if (name == "node" || name == "traffic" || name == "narrow_paths") continue;
    EXPECT_EQ(maps->at(name), map) << name;
  }
  for (const char* name : {"ways_back", "arrivals"}) EXPECT_TRUE(maps->at(name).entries.empty()) << name;
}

TEST_F(FromSchema2, ItIsReadAsOurs) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  Tunnel tunnel;
  std::vector<Ifindex> pods;
  for (const auto& [key, value] : maps->at("records").entries) {
    const Record record = Decode(reinterpret_cast<const nsm_record_key&>(key.front()),
                                 reinterpret_cast<const nsm_record&>(value.front()), kPort);
    if (std::holds_alternative<Tunnel>(record.legs[1])) tunnel = std::get<Tunnel>(record.legs[1]);
    for (const BuiltLeg& leg : record.legs) {
      if (const auto* built = std::get_if<BuiltAttachment>(&leg)) pods.push_back(built->index);
    }
  }
  ASSERT_EQ(pods.size(), 3u);
  for (Ifindex pod : pods) EXPECT_TRUE(maps->at("egress").entries.contains(Bytes(pod.value)));
  EXPECT_EQ(tunnel.local, Ip("10.0.0.1"));
  const auto ingress =
      Decode(At<nsm_ingress>(maps->at("ingress"), Encode(TunnelKey{tunnel.remote, tunnel.vni})));
  EXPECT_EQ(ingress.local, tunnel.local);
}

TEST_F(FromSchema2, WhatIsNoSuchStateIsRefused) {
  for (const auto& [name, map] : old) {
    PinnedMaps without = old;
    without.erase(name);
    EXPECT_THAT(Upgrade(2, without).status().message(), HasSubstr("no map " + name));
    PinnedMaps other = old;
    ++other.at(name).value_size;
    EXPECT_EQ(Upgrade(2, other).status().code(), absl::StatusCode::kFailedPrecondition) << name;
  }
}

class FromSchema3 : public ::testing::Test {
 protected:
  const PinnedMaps old = ReadRecordedState(3);
  const absl::StatusOr<PinnedMaps> maps = Upgrade(3, old);
};

TEST_F(FromSchema3, WhatHasNotChangedIsAsItWas) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(maps->size(), 11u);
  for (const auto& [name, map] : old) {
    if (name == "node" || name == "traffic" || name == "narrow_paths") continue;
    EXPECT_EQ(maps->at(name), map) << name;
  }
}

TEST_F(FromSchema3, TheNodeHasItsDeviceAndNoFastPath) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  uint32_t zero = 0;
  const auto node = At<nsm_node>(maps->at("node"), zero);
  EXPECT_EQ(node.vxlan_ifindex, At<schema_3::Node>(old.at("node"), zero).vxlan_ifindex);
  EXPECT_NE(node.vxlan_ifindex, 0u);
  EXPECT_EQ(node.paths_until, 0u);
  EXPECT_EQ(node.into_pods, 0u);
}

TEST_F(FromSchema3, TrafficIsCountedOnOfEachCpu) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  ASSERT_EQ(old.at("traffic").entries.size(), 3u);
  uint64_t packets = 0;
  for (const auto& [key, value] : old.at("traffic").entries) {
    const std::string& upgraded = maps->at("traffic").entries.at(key);
    const size_t cpus = value.size() / sizeof(schema_3::Traffic);
    ASSERT_EQ(upgraded.size(), cpus * sizeof(nsm_traffic));
    for (size_t i = 0; i < cpus; ++i) {
      schema_3::Traffic before;
      nsm_traffic after;
      std::memcpy(&before, value.data() + i * sizeof(before), sizeof(before));
      std::memcpy(&after, upgraded.data() + i * sizeof(after), sizeof(after));
      EXPECT_EQ(after.packets_sent, before.packets_sent);
      EXPECT_EQ(after.bytes_sent, before.bytes_sent);
      EXPECT_EQ(after.packets_received, before.packets_received);
      EXPECT_EQ(after.bytes_received, before.bytes_received);
      EXPECT_EQ(after.fast_sent + after.fast_received + after.last_slow, 0u);
      packets += before.packets_sent;
    }
  }
  EXPECT_GT(packets, 0u);
}

TEST_F(FromSchema3, WhatIsNoSuchStateIsRefused) {
  for (const auto& [name, map] : old) {
    PinnedMaps without = old;
    without.erase(name);
    EXPECT_THAT(Upgrade(3, without).status().message(), HasSubstr("no map " + name));
    PinnedMaps other = old;
    ++other.at(name).value_size;
    EXPECT_EQ(Upgrade(3, other).status().code(), absl::StatusCode::kFailedPrecondition) << name;
  }
}

// What a peer's maps had is found in the kernel's routes.
class OfPaths : public ::testing::TestWithParam<int> {
 protected:
  const PinnedMaps old = ReadRecordedState(GetParam());
  const absl::StatusOr<PinnedMaps> maps = Upgrade(GetParam(), old);
};
INSTANTIATE_TEST_SUITE_P(FromSchema, OfPaths, ::testing::Values(4, 5));

TEST_P(OfPaths, WhatHasNotChangedIsAsItWas) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(maps->size(), old.size() - 1);
  for (const auto& [name, map] : old) {
    if (name == "paths" || name == "narrow_paths") continue;
    EXPECT_EQ(maps->at(name), map) << name;
  }
}

TEST_P(OfPaths, PeersHaveToBeFoundAgain) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  EXPECT_EQ(old.at("paths").entries.size(), 1u);
  EXPECT_FALSE(maps->contains("paths"));
  EXPECT_FALSE(maps->contains("narrow_paths"));
  EXPECT_TRUE(maps->at("peers").entries.empty());
  EXPECT_EQ(CheckShapes(*maps, {{"peers", sizeof(nsm_address), sizeof(nsm_peer)}}), absl::OkStatus());
}

TEST_P(OfPaths, NobodyHasSaidThatItAnswersProbes) {
  ASSERT_TRUE(maps.ok()) << maps.status();
  for (const auto& [key, value] : maps->at("records").entries) {
    const Record record = Decode(reinterpret_cast<const nsm_record_key&>(key.front()),
                                 reinterpret_cast<const nsm_record&>(value.front()), kPort);
    EXPECT_FALSE(record.peer_answers) << record.id;
  }
}

TEST_P(OfPaths, WhatIsNoSuchStateIsRefused) {
  for (const auto& [name, map] : old) {
    PinnedMaps without = old;
    without.erase(name);
    EXPECT_THAT(Upgrade(GetParam(), without).status().message(), HasSubstr("no map " + name));
    PinnedMaps other = old;
    ++other.at(name).value_size;
    EXPECT_EQ(Upgrade(GetParam(), other).status().code(), absl::StatusCode::kFailedPrecondition) << name;
  }
}

}  // namespace
}  // namespace nsm::dataplane
