// SPDX-License-Identifier: Apache-2.0
// Runs the programs on packets without any device: verdict and counters are what is looked at.
#pragma once

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/pkt_cls.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "as_received.skel.h"
#include "src/bpf/skeleton.h"
#include "src/dataplane/dump.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/programs.h"
#include "tests/harness/ip.h"
#include "tests/harness/netns.h"
#include "tests/harness/packet.h"

namespace nsm::dataplane {

using namespace nsm::testing;  // NOLINT: the layers of packets

// What a program made of a packet, and what it counted.
struct Outcome {
  int verdict = 0;
  std::map<std::string, uint64_t> counted;
  bool operator==(const Outcome&) const = default;
  friend void PrintTo(const Outcome& outcome, std::ostream* to) {
    *to << "verdict " << outcome.verdict;
    for (const auto& [name, number] : outcome.counted) *to << ", " << name << " " << number;
  }
};

inline Outcome DroppedAs(const std::string& reason) { return {TC_ACT_SHOT, {{reason, 1}}}; }
inline const Outcome kRedirected{TC_ACT_REDIRECT, {}};
inline const Outcome kPassedOn{TC_ACT_UNSPEC, {}};
inline Outcome RedirectedAs(const std::string& event) { return {TC_ACT_REDIRECT, {{event, 1}}}; }

// Whether the kernel is of that version or a later one.
inline bool KernelIsSince(int major, int minor) {
  utsname kernel{};
  std::pair<int, int> version;
  ::uname(&kernel);
  std::sscanf(kernel.release, "%d.%d", &version.first, &version.second);
  return version >= std::pair(major, minor);
}

class BpfTest : public ::testing::Test {
 protected:
  // Test runs take place on the loopback device.
  static constexpr Ifindex kAttachment{1};

  void SetUp() override {
    NSM_REQUIRE_PRIVILEGE();
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    folder = absl::StrCat("/sys/fs/bpf/", test->test_suite_name(), "_", test->name());
    ASSERT_EQ(::mkdir(folder.c_str(), 0700), 0);
    program = Load();
    ASSERT_TRUE(program.ok()) << program.status();
    auto opened = Maps::Open(folder);
    ASSERT_TRUE(opened.ok()) << opened.status();
    maps = std::make_unique<Maps>(*std::move(opened));
    Prepare();
  }
  virtual absl::StatusOr<Program> Load() = 0;
  virtual void Prepare() = 0;

  Outcome Run(const Packet& packet) { return Run(packet.Bytes()); }
  Outcome Run(const std::vector<uint8_t>& bytes) { return Run(program->fd.get(), bytes); }
  // Of several packets in one where `gso_size` is not 0. What becomes of it is left in `after`.
  Outcome Run(int fd, const std::vector<uint8_t>& bytes, uint32_t gso_size = 0) {
    nlohmann::json before = DumpCounters(*maps);
    __sk_buff context{};
    context.gso_size = gso_size;
    after.resize(bytes.size() + kMostAdded);
    LIBBPF_OPTS(bpf_test_run_opts, options);
    options.data_in = bytes.data();
    options.data_size_in = static_cast<uint32_t>(bytes.size());
    options.data_out = after.data();
    options.data_size_out = static_cast<uint32_t>(after.size());
    options.ctx_in = &context;
    options.ctx_size_in = sizeof(context);
    options.repeat = 1;
    EXPECT_EQ(bpf_prog_test_run_opts(fd, &options), 0);
    after.resize(options.data_size_out);
    Outcome outcome{.verdict = static_cast<int>(options.retval), .counted = {}};
    nlohmann::json counters = DumpCounters(*maps);
    for (const auto& [name, number] : counters.items()) {
      if (!tells_paths && absl::StartsWith(name, "slow_")) continue;
      uint64_t more = number.get<uint64_t>() - before.value(name, uint64_t{0});
      if (more != 0) outcome.counted[name] = more;
    }
    return outcome;
  }

  // By way of program `how` of as_received.bpf.c, whose constants `configure` sets.
  Outcome RunAsReceived(const Packet& packet, const char* how,
                        const std::function<void(as_received_bpf&)>& configure) {
    auto wrapper = bpf::LoadSkeleton<as_received_bpf>(folder, configure);
    EXPECT_TRUE(wrapper.ok()) << wrapper.status();
    if (!wrapper.ok()) return {};
    uint32_t slot = 0;
    int under_test = program->fd.get();
    EXPECT_EQ(bpf_map_update_elem(bpf_map__fd((*wrapper)->maps.under_test), &slot, &under_test, BPF_ANY), 0);
    return Run(bpf_program__fd(bpf_object__find_program_by_name((*wrapper)->obj, how)), packet.Bytes());
  }

  static constexpr size_t kMostAdded = 64;

  // Whether outcomes tell why packets did not take the fast path.
  bool tells_paths = false;
  std::vector<uint8_t> after;
  std::string folder;
  absl::StatusOr<Program> program = absl::UnknownError("not loaded");
  std::unique_ptr<Maps> maps;
};

// The first `size` bytes.
inline std::vector<uint8_t> Cut(const Packet& packet, size_t size) {
  std::vector<uint8_t> bytes = packet.Bytes();
  bytes.resize(size);
  return bytes;
}

}  // namespace nsm::dataplane
