// SPDX-License-Identifier: Apache-2.0
// The shape of the pinned maps, and how a state of an older shape becomes one of ours.
//
// Each shape has a number, NSM_SCHEMA_VERSION (bpf/types.h). A program that finds a state with a lower one
// reads its maps as bytes, upgrades them here, one number after the other, and pins the result as a state of
// its own (pinned_state.h says where, and in which order). This part knows nothing of the kernel: bytes in,
// bytes out.
//
// How to change a struct of bpf/types.h or a map of bpf/maps.h, in size, in place or in meaning, with N being
// NSM_SCHEMA_VERSION until then:
//
//  1. Record a state before changing anything: with a forwarder that has connections of each kind,
//     scripts/record-state <bpf-dir>/<port>/vN > tests/unit/dataplane/schema_N.txt
//  2. Copy what is about to change from types.h into a new schema_N.h, namespace schema_N. It tells what that
//     version has left in kernels, so nobody changes it any more. Steps to N now lead there, not to types.h.
//  3. Change types.h, raise NSM_SCHEMA_VERSION, and write UpgradeFromN in schema_N.cc. Its first line is
//     CheckShapes, its last ones are Convert, once for each map that changed; what is new gets the value that
//     means "as before". Put it into kSteps (schema.cc); the compiler asks for it.
//  4. Test it upon the record (tests/unit/dataplane/schema_test.cc), and with packets running
//     (tests/netns/dataplane/migration_test.cc).
//
// Two things stay as they are for ever: where folders are (pinned_state.h), and map "counters". A dataplane
// is known by that one map, which all of its programs use, of whichever schema; it goes from state to state
// itself.
#pragma once

#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/bpf/raw_map.h"
#include "src/core/status_macros.h"

namespace nsm::dataplane {

// By name.
using PinnedMaps = std::map<std::string, bpf::RawMap>;

// Makes a state of schema `from` one of NSM_SCHEMA_VERSION. FAILED_PRECONDITION: this is no such state; the
// message says what is wrong with it.
absl::StatusOr<PinnedMaps> Upgrade(int from, PinnedMaps maps);

// What steps are made of.

struct MapShape {
  const char* name;
  uint32_t key_size;
  uint32_t value_size;
};
// FAILED_PRECONDITION: a map is missing, or its keys or values are not so large.
absl::Status CheckShapes(const PinnedMaps& maps, const std::vector<MapShape>& shapes);

// Replaces each value of a map that has passed CheckShapes; of a map per CPU, whose old and new values are
// multiples of 8 bytes, the value of each.
template <class Old, class New>
absl::Status Convert(bpf::RawMap& map, const std::function<absl::StatusOr<New>(const Old&)>& convert) {
  for (auto& [key, value] : map.entries) {
    std::string converted;
    for (size_t at = 0; at + sizeof(Old) <= value.size(); at += sizeof(Old)) {
      Old before;
      std::memcpy(&before, value.data() + at, sizeof(before));
      ASSIGN_OR_RETURN(New after, convert(before));
      converted.append(reinterpret_cast<const char*>(&after), sizeof(after));
    }
    value = std::move(converted);
  }
  map.value_size = sizeof(New);
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
