// SPDX-License-Identifier: Apache-2.0
// A connection's path, which each hop extends by its own segment (NSM v1, "updatepath").
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// INVALID_ARGUMENT unless every segment has a name and an id.
absl::Status CheckSegments(const Path& path);

// Turns the caller's view of a connection into that of the hop `name`: the hop's segment is found or added
// behind the caller's, and becomes the current one. A segment of another name that is there gets this name
// and an id of its own; those behind it stay. INVALID_ARGUMENT for a path that is missing, contradicts itself
// or has no room, and where the caller has our own name, since two neighbours of one name cannot be told
// apart.
absl::Status EnterHop(absl::string_view name, Connection& connection);

// The inverse, for what goes back to the caller: its segment becomes the current one again.
void LeaveHop(uint32_t caller_index, Connection& connection);

// The current segment and its neighbours; null where there is none. The path must hold its index.
const PathSegment* CurrentSegment(const Connection& connection);
const PathSegment* PreviousSegment(const Connection& connection);
const PathSegment* NextSegment(const Connection& connection);

// A new id for a segment of ours, which says that the pod with this uid has the connection: who shows an id
// shows with it whose it is, and nothing need be remembered of that. IsIdOfPod asks for it.
std::string NewIdOfPod(absl::string_view uid);
bool IsIdOfPod(absl::string_view id, absl::string_view uid);

// Whether both have segments up to and with `index`, of the same names and ids.
bool IsSameWay(const Path& a, const Path& b, uint32_t index);

// Notes in the current segment, if there is one, which interface `mechanism` stands for, as "KERNEL/nsm-1"; a
// tunnel has no name. `metric` says towards whom it is: metric::kClientInterface or kServerInterface.
void NoteInterface(const char* metric, const Mechanism& mechanism, Connection& connection);

// "nsc-0 > nsmgr-west-node1 > ...": hop names in order.
std::string PathToString(const Path& path);

}  // namespace nsm
