// SPDX-License-Identifier: Apache-2.0
// A node on which a forwarder of an older schema has been, and ours: one of schema 1 as it was recorded, with
// its programs attached, and those after it, made of what ours has pinned.
//
//   pod, 10.0.0.1 ── node west: maps and programs of schema 1 ══ node east: ours ── pod, 10.0.0.2
#include <bpf/bpf.h>
#include <net/if.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_format.h"
#include "schema_1.skel.h"
#include "src/bpf/program_info.h"
#include "src/bpf/skeleton.h"
#include "src/bpf/tcx_link.h"
#include "src/dataplane/linux_kernel.h"
#include "src/dataplane/node.h"
#include "src/dataplane/pinned_state.h"
#include "src/dataplane/schema_1.h"
#include "src/dataplane/schema_3.h"
#include "src/dataplane/schema_4.h"
#include "src/dataplane/schema_5.h"
#include "tests/harness/filters.h"
#include "tests/harness/recorded_state.h"
#include "tests/netns/dataplane/rig.h"

namespace nsm::dataplane {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr Ifindex kHostEnd{0x2673f192};  // of connection "one" in schema_1.txt
constexpr netlink::FilterPlace kPodGuard{.index = PodIndex(kHostEnd), .hook = netlink::Hook::kEgress};

class Migration : public RigTest {
 protected:
  void SetUp() override {
    RigTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ASSERT_EQ(east->Start(), absl::OkStatus());
    ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
    v1 = absl::StrCat(west->config.bpf_dir, "/v1");
    BuildLinks();
    PinMaps();
    ASSERT_FALSE(HasFatalFailure());
    west->netns.In([&] { AttachPrograms(); });
    // It has a place for filters from the beginning; one that is made with packets running costs some.
    pod_west.In([&] {
      ASSERT_EQ(testing::EnsureFilterAt(kPodGuard, bpf_program__fd(old->progs.pod_guard)), absl::OkStatus());
    });
    ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  }

  // As schema 1 left them.
  void BuildLinks() {
    uint32_t port = west->config.vxlan_port;
    west->netns.Output(absl::StrFormat(
        "ip link add nsm-vx%d type vxlan external dstport %d nolearning udp6zerocsumrx; ip link set nsm-vx%d "
        "up; "
        "ip link add %s index %d mtu 1450 group %d type veth peer name nsm0 index %d mtu 1450 netns %d; "
        "ip link set %s up",
        port, port, port, HostEndName(kHostEnd), kHostEnd.value, LiveGroup(port), PodIndex(kHostEnd).value,
        pod_west.pid(), HostEndName(kHostEnd)));
    pod_west.Output(
        "ip link set nsm0 alias client-1 up; ip addr add 10.0.0.1/32 dev nsm0; ip route add 10.0.0.2/32 dev "
        "nsm0");
    vxlan = IndexOf("nsm-vx4789");
    under = IndexOf("under0");
  }
  // The record, but for what only the kernel of today can say: the pod's namespace and the device's index.
  void PinMaps() {
    PinnedMaps maps = testing::ReadRecordedState(1);
    for (auto& [key, value] : maps.at("records").entries) {
      auto& record = reinterpret_cast<schema_1::Record&>(value.front());
      if (std::string(record.id) != "one") continue;
      record.legs[0].netns_device = pod_west.inode().device;
      record.legs[0].netns_inode = pod_west.inode().inode;
      record.legs[0].netns_cookie = pod_west.cookie().value;
    }
    auto& node = reinterpret_cast<schema_1::Node&>(maps.at("node").entries.begin()->second.front());
    node.vxlan_ifindex = vxlan.value;
    std::filesystem::create_directories(absl::StrCat(v1, "/links"));
    auto loaded = bpf::LoadSkeleton<schema_1_bpf>(v1, nullptr);
    ASSERT_TRUE(loaded.ok()) << loaded.status();
    old = *std::move(loaded);
    for (const auto& [name, map] : maps) {
      ASSERT_EQ(bpf::WriteRawMap(absl::StrCat(v1, "/", name), map), absl::OkStatus());
    }
  }
  void AttachPrograms() {
    int guard = bpf_program__fd(old->progs.underlay_guard);
    ASSERT_EQ(testing::EnsureFilterAt({.index = kHostEnd}, bpf_program__fd(old->progs.host_guard)),
              absl::OkStatus());
    PinLink("vxlan", vxlan, bpf_program__fd(old->progs.vxlan_ingress));
    PinLink("underlay", under, guard);
    // And where the kernel had no tcx.
    ASSERT_EQ(testing::EnsureFilterAt({.index = under}, guard), absl::OkStatus());
  }
  void PinLink(const std::string& name, Ifindex index, int program) const {
    auto link = bpf::TcxLink::AttachFirst(index, program);
    ASSERT_TRUE(link.ok()) << link.status();
    ASSERT_EQ(link->Pin(absl::StrCat(v1, "/links/", name, "_", index.value)), absl::OkStatus());
  }

  Ifindex IndexOf(const std::string& name) const {
    Ifindex index;
    west->netns.In([&] { index = {::if_nametoindex(name.c_str())}; });
    return index;
  }
  // Whether a program that is attached uses a map.
  static bool Uses(uint32_t program, const std::string& map) {
    auto info = bpf::ReadProgram(program);
    auto id = bpf::PinnedMapId(map);
    return info.ok() && id.ok() && info->Uses(*id);
  }
  uint32_t HostGuard() const {
    uint32_t program = 0;
    west->netns.In([&] { program = testing::FilterAt({.index = kHostEnd}); });
    return program;
  }
  // All that is below the folder, and who is attached.
  std::string Look() const {
    std::string seen;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(west->config.bpf_dir)) {
      absl::StrAppend(&seen, entry.path().string(), "\n");
    }
    return absl::StrCat(seen, west->netns.Output("ip -o link; tc filter show dev under0 ingress"),
                        HostGuard());
  }
  absl::Status Cleanup() const {
    absl::Status status;
    west->netns.In([&] { status = Dataplane::Cleanup(west->config); });
    return status;
  }
  void ExpectRefused(const std::string& reason) {
    std::string before = Look();
    absl::Status status = west->Start();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_THAT(status.message(), HasSubstr(reason));
    EXPECT_THAT(status.message(), HasSubstr("nothing was changed"));
    EXPECT_THAT(status.message(), HasSubstr("--cleanup"));
    EXPECT_EQ(Look(), before);
    EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  }

  TestNetns pod_west;
  TestNetns pod_east;
  std::string v1;
  Ifindex vxlan;
  Ifindex under;
  bpf::Skeleton<schema_1_bpf> old;
};

TEST_F(Migration, LosesNoPacket) {
  std::string echoes = PingWhile(pod_west, [&] { ASSERT_EQ(west->Start(), absl::OkStatus()); });
  EXPECT_THAT(echoes, HasSubstr(" 600 received, 0% packet loss"));

  nlohmann::json dump = west->Dump();
  ASSERT_EQ(dump["cross_connects"].size(), 1u) << "\"two\" has no links any more: " << dump;
  EXPECT_EQ(dump["cross_connects"][0]["id"], "one");
  EXPECT_EQ(dump["cross_connects"][0]["mtu"], 1450);
  EXPECT_EQ(dump["cross_connects"][0]["client"]["ifindex"], kHostEnd.value);
  EXPECT_EQ(dump["map_entries"]["egress"], 1);
  EXPECT_EQ(dump["map_entries"]["ingress"], 1);
  EXPECT_EQ(dump["map_entries"]["allowed_sources"], 2);
  EXPECT_EQ(dump["counters"]["drop_guard_ipv4"], 1) << "counted by schema 1";

  // Our programs are in the place of the old ones, and what these had is gone.
  std::string maps = MapFolder(west->config);
  EXPECT_TRUE(Uses(HostGuard(), maps + "/egress"));
  pod_west.In([&] { EXPECT_TRUE(Uses(testing::FilterAt(kPodGuard), maps + "/allowed_sources")); });
  west->netns.In([&] {
    EXPECT_EQ(bpf::QueryTcx(vxlan)->size(), 1u);
    EXPECT_TRUE(Uses(bpf::QueryTcx(vxlan)->front(), maps + "/ingress"));
    EXPECT_EQ(bpf::QueryTcx(under)->size(), 1u);
    EXPECT_TRUE(Uses(bpf::QueryTcx(under)->front(), maps + "/ingress"));
    EXPECT_EQ(testing::FilterAt({.index = under}), 0u);
  });
  EXPECT_FALSE(std::filesystem::exists(v1 + "/records"));
  EXPECT_FALSE(std::filesystem::exists(v1 + "/links"));

  // It is guarded as before, and is asked for and closed as any other.
  pod_west.Output("ip addr add 10.0.0.99/32 dev lo");
  pod_east.Output("ip route add 10.0.0.99/32 dev nsm0");
  EXPECT_NE(pod_west.Shell("ping -c 1 -W 1 -I 10.0.0.99 10.0.0.2"), 0);
  EXPECT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  EXPECT_EQ(west->Dump()["cross_connects"][0]["client"]["ifindex"], kHostEnd.value);
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  EXPECT_EQ(west->Remove("one"), absl::OkStatus());
  EXPECT_NE(pod_west.Shell("ip link show nsm0"), 0);
}

TEST_F(Migration, BeginsAgainWhereItHasDied) {
  std::string echoes = PingWhile(pod_west, [&] {
    // After having filled the maps, twice; and with the node's guards replaced.
    for (int i : {1, 2}) {
      ASSERT_EQ(FindState(west->config).schema, 1) << i;
      ASSERT_EQ(PrepareState(west->config, FindState(west->config)), absl::OkStatus()) << i;
    }
    west->netns.In([&] { ASSERT_TRUE(Node::Create(west->config).ok()); });
    ASSERT_EQ(FindState(west->config).schema, 1);
    // By the older program, which was started again in between.
    uint32_t forgotten = 0x271cefde;
    UniqueFd egress(bpf_obj_get((v1 + "/egress").c_str()));
    ASSERT_EQ(bpf_map_delete_elem(egress.get(), &forgotten), 0);
    ASSERT_EQ(PrepareState(west->config, FindState(west->config)), absl::OkStatus());
    EXPECT_EQ(bpf::ReadRawMap(MapFolder(west->config) + "/egress")->entries.size(), 2u);

    ASSERT_EQ(west->Start(), absl::OkStatus());
    west->Stop();
    ASSERT_EQ(FindState(west->config).schema, NSM_SCHEMA_VERSION);
    ASSERT_EQ(west->Start(), absl::OkStatus());
  });
  EXPECT_THAT(echoes, HasSubstr(" 600 received, 0% packet loss"));
  EXPECT_EQ(west->Dump()["cross_connects"].size(), 1u);
}

TEST_F(Migration, WhatIsNoStateIsRefused) {
  ASSERT_EQ(::unlink((v1 + "/allowed_sources").c_str()), 0);
  ExpectRefused("no map allowed_sources");
  EXPECT_EQ(Cleanup(), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(west->config.bpf_dir));
  EXPECT_THAT(west->netns.Output("ip -o link"), Not(HasSubstr("nsm")));
  EXPECT_EQ(west->Start(), absl::OkStatus());
}

TEST_F(Migration, AStateWithoutANodeIsRefused) {
  ASSERT_EQ(::unlink((v1 + "/node").c_str()), 0);
  ExpectRefused("no map node");
}

TEST_F(Migration, AStateThatDoesNotKnowItsProgramsIsRefused) {
  ASSERT_EQ(::unlink((v1 + "/counters").c_str()), 0);
  ExpectRefused("no map counters");
  EXPECT_EQ(Cleanup(), absl::OkStatus());
  EXPECT_THAT(west->netns.Output("ip -o link"), Not(HasSubstr("nsm")));
  EXPECT_EQ(west->Start(), absl::OkStatus());
}

TEST_F(Migration, AStateOfOursWithoutRecordsIsRefused) {
  ASSERT_EQ(west->Start(), absl::OkStatus());
  west->Stop();
  ASSERT_EQ(::unlink((MapFolder(west->config) + "/records").c_str()), 0);
  ExpectRefused("/records: No such file");
}

TEST_F(Migration, AStateFromTheFutureIsRefused) {
  ASSERT_EQ(west->Start(), absl::OkStatus());
  west->Stop();
  std::string future = absl::StrCat(west->config.bpf_dir, "/4789/v99");
  // A newer program that has died on the way leaves ours the true one.
  ASSERT_EQ(::mkdir(future.c_str(), 0700), 0);
  EXPECT_EQ(west->Start(), absl::OkStatus());
  west->Stop();
  ASSERT_EQ(::rmdir(future.c_str()), 0);
  ASSERT_EQ(::rename(MapFolder(west->config).c_str(), future.c_str()), 0);
  ExpectRefused("newer version");
  west->netns.In([&] {
    EXPECT_EQ(Dataplane::DumpPinned(west->config).status().code(), absl::StatusCode::kFailedPrecondition);
  });
  EXPECT_EQ(Cleanup(), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(west->config.bpf_dir));
  EXPECT_EQ(west->Start(), absl::OkStatus());
}

TEST_F(Migration, SchemaOneIsToldOfANewerOne) {
  ASSERT_EQ(west->Start(), absl::OkStatus());
  west->Stop();
  auto node = testing::At<schema_1::Node>(*bpf::ReadRawMap(v1 + "/node"), uint32_t{0});
  EXPECT_EQ(node.schema_version, uint32_t{NSM_SCHEMA_VERSION});
  // It has made its maps before it looked.
  old.reset();
  ASSERT_TRUE(bpf::LoadSkeleton<schema_1_bpf>(v1, nullptr).ok());
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(v1 + "/records"));
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
}

TEST_F(Migration, TheStateOfAnotherPortStaysAsItIs) {
  west->config.vxlan_port = 4790;
  ASSERT_EQ(west->Start(), absl::OkStatus());
  west->Stop();
  EXPECT_TRUE(std::filesystem::exists(v1 + "/records"));
  EXPECT_EQ(Cleanup(), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::exists(v1 + "/records"));
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
  west->config.vxlan_port = 4789;
  ASSERT_EQ(west->Start(), absl::OkStatus());
  EXPECT_EQ(west->Dump()["cross_connects"].size(), 1u);
}

bpf::RawMap Empty(uint32_t key_size, uint32_t value_size) {
  return {.key_size = key_size, .value_size = value_size, .entries = {}};
}

// A map of an older shape, where a pin of that name may be.
void PutPin(const std::string& path, bpf_map_type type, const bpf::RawMap& raw, uint32_t entries) {
  const uint32_t flags = type == BPF_MAP_TYPE_ARRAY ? 0 : BPF_F_NO_PREALLOC;
  LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
  UniqueFd map(bpf_map_create(type, "older", raw.key_size, raw.value_size, entries, &options));
  ASSERT_TRUE(map.valid());
  (void)::unlink(path.c_str());
  ASSERT_EQ(bpf_obj_pin(map.get(), path.c_str()), 0);
  ASSERT_EQ(bpf::WriteRawMap(path, raw), absl::OkStatus());
}

// What a forwarder of an older schema would have pinned for the connections that there are.
void MakeOlder(const NodeConfig& config, int schema) {
  const std::string older = absl::StrCat(config.bpf_dir, "/", config.vxlan_port, "/v", schema);
  ASSERT_EQ(::rename(MapFolder(config).c_str(), older.c_str()), 0);
  ASSERT_EQ(::unlink((older + "/peers").c_str()), 0);
  const uint32_t mtu_size = sizeof(uint32_t);
  PutPin(older + "/narrow_paths", BPF_MAP_TYPE_HASH, Empty(sizeof(nsm_address), mtu_size), 1 << 16);
  const uint32_t path_size = schema > 4 ? sizeof(schema_5::Path) : sizeof(schema_4::Path);
  if (schema > 3) {
    PutPin(older + "/paths", BPF_MAP_TYPE_HASH, Empty(sizeof(nsm_address), path_size), 1 << 16);
    return;
  }
  auto node = bpf::ReadRawMap(older + "/node");
  auto traffic = bpf::ReadRawMap(older + "/traffic");
  ASSERT_TRUE(node.ok() && traffic.ok());
  for (auto& [key, value] : node->entries) {
    value = value.substr(offsetof(nsm_node, vxlan_ifindex), sizeof(schema_3::Node));
  }
  for (auto& [key, value] : traffic->entries) {
    std::string parts;
    for (size_t at = 0; at < value.size(); at += sizeof(nsm_traffic)) {
      parts += value.substr(at, sizeof(schema_3::Traffic));
    }
    value = parts;
  }
  node->value_size = sizeof(schema_3::Node);
  traffic->value_size = sizeof(schema_3::Traffic);
  PutPin(older + "/node", BPF_MAP_TYPE_ARRAY, *node, 1);
  PutPin(older + "/traffic", BPF_MAP_TYPE_PERCPU_HASH, *traffic, 1 << 17);
  if (schema > 2) return;
  for (const char* younger : {"/ways_back", "/arrivals"}) ASSERT_EQ(::unlink((older + younger).c_str()), 0);
}

class OfOlderSchema : public RigTest, public ::testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Schema, OfOlderSchema, ::testing::Values(2, 3, 4, 5));

TEST_P(OfOlderSchema, NothingIsLost) {
  TestNetns pod_west;
  TestNetns pod_east;
  StartBoth();
  ASSERT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  ASSERT_EQ(east->Apply(EastSide(pod_east)), absl::OkStatus());
  ASSERT_TRUE(Pings(pod_west, "10.0.0.2"));
  west->Stop();
  const std::string older = absl::StrCat(west->config.bpf_dir, "/4789/v", GetParam());
  ASSERT_NO_FATAL_FAILURE(MakeOlder(west->config, GetParam()));

  std::string echoes = PingWhile(pod_west, [&] { ASSERT_EQ(west->Start(), absl::OkStatus()); });
  EXPECT_THAT(echoes, HasSubstr(" 600 received, 0% packet loss"));
  EXPECT_FALSE(std::filesystem::exists(older));
  nlohmann::json dump = west->Dump();
  ASSERT_EQ(dump["cross_connects"].size(), 1u) << dump;
  EXPECT_GT(dump["cross_connects"][0]["client"]["traffic"]["packets_sent"], 300) << "counted on";
  EXPECT_EQ(dump["map_entries"]["ways_back"], GetParam() > 2 ? 1 : 0);
  EXPECT_EQ(west->Apply(WestSide(pod_west)), absl::OkStatus());
  EXPECT_EQ(west->Dump()["map_entries"]["ways_back"], 1);
  EXPECT_EQ(west->Dump()["map_entries"]["peers"], 1);
  EXPECT_FALSE(west->Dump()["cross_connects"][0]["peer_answers_probes"].get<bool>());
  EXPECT_TRUE(Pings(pod_west, "10.0.0.2"));
}

}  // namespace
}  // namespace nsm::dataplane
