// SPDX-License-Identifier: Apache-2.0
// Where a dataplane's maps and links are pinned, and how it takes over what an older program has pinned.
//
//   <bpf_dir>/<port>/v3/      maps of schema 3
//   <bpf_dir>/<port>/links/   tcx links, whichever schema their programs have
//   <bpf_dir>/v1/             where programs of schema 1 have both, for whichever port. Now there is no more
//   than
//                             a map "node" in it that tells them of a newer schema, so that they refuse to
//                             start
//
// A dataplane is a folder and a port: two of a host differ in one of them. Its programs are known by one map
// that all of them use, "counters".
//
// An older state is taken over in four steps.
//  1. Its maps are read and upgraded (schema.h). Whatever is refused is refused here, and nothing has
//  changed.
//  2. The maps of our schema are made and filled. "counters" and the links are pinned in both places.
//  3. Programs that use the new maps take the place of the old ones, one by one, each atomically. The old
//  ones go
//     on with their maps until then. Both say the same, so it does not matter to a packet whom it meets.
//  4. The older state is let go, from one moment to the next.
// Until then the older state is the true one. A program that dies on the way, or fails, has lost nothing: the
// next one begins again from there.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "src/dataplane/dataplane.h"

namespace nsm::dataplane {

// Of our schema.
std::string MapFolder(const NodeConfig& config);
std::string LinkFolder(const NodeConfig& config);

// What a dataplane finds of itself.
struct PinnedState {
  int schema = 0;      // 0: nothing
  std::string folder;  // of its maps

  bool IsOlder() const;
  // The kernel's number of "counters"; 0 if there is none.
  uint32_t Identity() const;
};

// The true one: the oldest that is there.
PinnedState FindState(const NodeConfig& config);
// FAILED_PRECONDITION, with what to do: a newer program made it, or it is damaged. Changes nothing. Whether
// an older state is whole is seen by PrepareState.
absl::Status CheckState(const PinnedState& found);
// Of a state that has passed CheckState: steps 1 and 2; where nothing is to be taken over, makes what is
// missing. FAILED_PRECONDITION, with what to do: it is not what its schema says, or bpf_dir is on no BPF file
// system.
absl::Status PrepareState(const NodeConfig& config, const PinnedState& found);
// Step 4.
absl::Status LetGoOfOlder(const NodeConfig& config, const PinnedState& found);
// Removes everything of this dataplane, whatever schema it has, and the folder when nothing else is in it.
absl::Status RemoveState(const NodeConfig& config);

}  // namespace nsm::dataplane
