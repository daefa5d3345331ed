// SPDX-License-Identifier: Apache-2.0
// Random frames, judged by the guards and by their rule. NSM_GUARD_SEED is the first frame's seed, each other
// one's is one more, and NSM_GUARD_FRAMES their number.
#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "tests/bpf/guard_fixture.h"
#include "tests/bpf/guard_frames.h"
#include "tests/bpf/guard_rule.h"

namespace nsm::dataplane {
namespace {

constexpr uint64_t kFrames = 4000;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  uint64_t value = 0;
  EXPECT_TRUE(absl::SimpleAtoi(text, &value)) << name << " is no number: " << text;
  return value;
}

std::map<std::string, uint64_t> Once(const std::string& counter) {
  if (counter.empty()) return {};
  return {{counter, 1}};
}

class GuardFuzz : public HostGuard {
 protected:
  // Both guards' verdicts on all frames are the rule's.
  void Compare(const GuardRule& rule) {
    absl::StatusOr<Program> pod_guard = LoadPodGuard(folder);
    ASSERT_TRUE(pod_guard.ok()) << pod_guard.status();
    for (uint64_t seed = first_; seed != first_ + frames_; ++seed) {
      const std::vector<uint8_t> frame = RandomFrame(seed);
      const GuardRule::Verdict verdict = rule.Judge(frame);
      const Outcome at_host{verdict.passes ? TC_ACT_REDIRECT : TC_ACT_SHOT, Once(verdict.counted)};
      const Outcome at_pod = verdict.passes ? kPassedOn : DroppedAs("drop_pod_early");
      counted_.insert(verdict.counted);
      ASSERT_EQ(Run(frame), at_host) << Described(seed, frame);
      ASSERT_EQ(Run(pod_guard->fd.get(), frame), at_pod) << Described(seed, frame);
    }
  }
  static std::string Described(uint64_t seed, const std::vector<uint8_t>& frame) {
    return absl::StrCat(
        "frame: ", absl::BytesToHexString({reinterpret_cast<const char*>(frame.data()), frame.size()}),
        "\nagain: NSM_GUARD_SEED=", seed, " NSM_GUARD_FRAMES=1");
  }
  static GuardRule Rule() {
    GuardRule rule;
    for (const char* text : kAllowedPrefixes) rule.allowed.push_back(*IpPrefix::Parse(text));
    return rule;
  }
  // The frames are worth comparing only if they lead to each of these.
  void ExpectCounted(const std::set<std::string>& counters) {
    if (frames_ < kFrames || HasFatalFailure()) return;
    EXPECT_EQ(counted_, counters);
  }

  const uint64_t first_ = FromEnvironment("NSM_GUARD_SEED", 1);
  const uint64_t frames_ = FromEnvironment("NSM_GUARD_FRAMES", kFrames);
  std::set<std::string> counted_;
};

TEST_F(GuardFuzz, PayloadEthernet) {
  Compare(Rule());
  ExpectCounted({"", "drop_guard_arp", "drop_guard_extension", "drop_guard_fragment", "drop_guard_hop_limit",
                 "drop_guard_ipv4", "drop_guard_ipv6", "drop_guard_neighbor", "drop_guard_not_ip",
                 "drop_guard_router", "drop_guard_short", "drop_guard_vlan", "seen_duplicate_detection",
                 "seen_multicast_listener", "seen_neighbor_discovery"});
}

TEST_F(GuardFuzz, PayloadIp) {
  Egress egress = kToTunnel;
  egress.payload = Payload::kIp;
  Put(egress);
  GuardRule rule = Rule();
  rule.takes_arp = false;
  Compare(rule);
  ExpectCounted({"", "drop_guard_extension", "drop_guard_fragment", "drop_guard_hop_limit", "drop_guard_ipv4",
                 "drop_guard_ipv6", "drop_guard_neighbor", "drop_guard_not_ip", "drop_guard_router",
                 "drop_guard_short", "drop_guard_vlan", "seen_duplicate_detection", "seen_multicast_listener",
                 "seen_neighbor_discovery"});
}

TEST_F(GuardFuzz, EverySourceAllowed) {
  GuardRule rule = Rule();
  for (const char* text : {"0.0.0.0/0", "::/0"}) {
    Allow(text);
    rule.allowed.push_back(*IpPrefix::Parse(text));
  }
  Compare(rule);
  ExpectCounted({"", "drop_guard_arp", "drop_guard_extension", "drop_guard_fragment", "drop_guard_hop_limit",
                 "drop_guard_not_ip", "drop_guard_router", "drop_guard_short", "drop_guard_vlan",
                 "seen_duplicate_detection"});
}

}  // namespace
}  // namespace nsm::dataplane
