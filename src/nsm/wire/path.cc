// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/path.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "src/core/status_macros.h"
#include "src/core/uuid.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

constexpr char kOfPod[] = ".pod-";

const PathSegment* SegmentAt(const Path& path, int64_t index) {
  return index >= 0 && index < path.path_segments_size() ? &path.path_segments(static_cast<int>(index))
                                                         : nullptr;
}

void NameSegment(absl::string_view name, PathSegment& segment) {
  segment.set_name(std::string(name));
  segment.set_id(NewUuid());
}

// What every caller has to send: a path with a segment of its own, which is the current one.
absl::Status CheckPath(const Connection& connection) {
  const Path& path = connection.path();
  if (path.path_segments().empty()) {
    return absl::InvalidArgumentError("connection.path is missing: it must have the caller's segment");
  }
  RETURN_IF_ERROR(CheckSegments(path));
  const PathSegment* caller = CurrentSegment(connection);
  if (caller == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("connection.path.index ", path.index(),
                                                   " is behind the path's ", path.path_segments_size(),
                                                   " segments"));
  }
  if (caller->id() == connection.id()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("connection.id \"", connection.id(),
                                                 "\" differs from the id of its current path segment \"",
                                                 caller->id(), "\""));
}

}  // namespace

absl::Status CheckSegments(const Path& path) {
  for (int i = 0; i < path.path_segments_size(); ++i) {
    if (!path.path_segments(i).name().empty() && !path.path_segments(i).id().empty()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("connection.path.path_segments[", i, "] has no name or no id"));
  }
  return absl::OkStatus();
}

absl::Status EnterHop(absl::string_view name, Connection& connection) {
  RETURN_IF_ERROR(CheckPath(connection));
  Path& path = *connection.mutable_path();
  if (CurrentSegment(connection)->name() == name) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the calling hop \"", name, "\" and this hop have the same name: give each program its own --name"));
  }
  int next = static_cast<int>(path.index()) + 1;
  if (next == path.path_segments_size()) {
    if (path.path_segments().size() >= static_cast<int>(limits::kSegments)) {
      return absl::InvalidArgumentError(absl::StrCat("connection.path.path_segments has ", limits::kSegments,
                                                     " entries, so no room for \"", name,
                                                     "\": is there a loop?"));
    }
    NameSegment(name, *path.add_path_segments());
  } else if (path.path_segments(next).name() != name) {
    // Another hop, or the same one under another name: the hops behind find their own ids again.
    NameSegment(name, *path.mutable_path_segments(next));
  }
  path.set_index(next);
  connection.set_id(path.path_segments(next).id());
  return absl::OkStatus();
}

void LeaveHop(uint32_t caller_index, Connection& connection) {
  connection.mutable_path()->set_index(caller_index);
  if (const PathSegment* caller = CurrentSegment(connection)) connection.set_id(caller->id());
}

const PathSegment* CurrentSegment(const Connection& connection) {
  return SegmentAt(connection.path(), connection.path().index());
}

const PathSegment* PreviousSegment(const Connection& connection) {
  return SegmentAt(connection.path(), static_cast<int64_t>(connection.path().index()) - 1);
}

const PathSegment* NextSegment(const Connection& connection) {
  return SegmentAt(connection.path(), static_cast<int64_t>(connection.path().index()) + 1);
}

std::string NewIdOfPod(absl::string_view uid) { return absl::StrCat(NewUuid(), kOfPod, uid); }

bool IsIdOfPod(absl::string_view id, absl::string_view uid) {
  return !uid.empty() && absl::ConsumeSuffix(&id, uid) && absl::EndsWith(id, kOfPod);
}

bool IsSameWay(const Path& a, const Path& b, uint32_t index) {
  const auto segments = static_cast<int64_t>(index) + 1;
  return segments <= a.path_segments_size() && segments <= b.path_segments_size() &&
         std::equal(a.path_segments().begin(), a.path_segments().begin() + segments,
                    b.path_segments().begin(), [](const PathSegment& x, const PathSegment& y) {
                      return x.name() == y.name() && x.id() == y.id();
                    });
}

void NoteInterface(const char* metric, const Mechanism& mechanism, Connection& connection) {
  if (CurrentSegment(connection) == nullptr) return;
  Path& path = *connection.mutable_path();
  auto& metrics = *path.mutable_path_segments(static_cast<int>(path.index()))->mutable_metrics();
  metrics[metric] = absl::StrCat(mechanism.type(), "/", Parameter(mechanism, mechanism::kName));
}

std::string PathToString(const Path& path) {
  return absl::StrJoin(path.path_segments(), " > ",
                       [](std::string* out, const PathSegment& segment) { out->append(segment.name()); });
}

}  // namespace nsm
