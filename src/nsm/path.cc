// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/path.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/uuid.h"

namespace nsm {
namespace {

const PathSegment* SegmentAt(const Path& path, int64_t index) {
  return index >= 0 && index < path.path_segments_size() ? &path.path_segments(static_cast<int>(index))
                                                         : nullptr;
}

void StartSegment(absl::string_view name, PathSegment& segment) {
  segment.Clear();
  segment.set_name(std::string(name));
  segment.set_id(NewUuid());
}

}  // namespace

absl::Status EnterHop(absl::string_view name, Connection& connection) {
  Path& path = *connection.mutable_path();
  if (path.path_segments().empty()) {
    if (path.index() != 0) return absl::InvalidArgumentError("connection.path.index is behind an empty path");
    PathSegment& own = *path.add_path_segments();
    StartSegment(name, own);
    if (!connection.id().empty()) own.set_id(connection.id());
    connection.set_id(own.id());
    return absl::OkStatus();
  }
  const PathSegment* caller = CurrentSegment(connection);
  if (caller == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("connection.path.index ", path.index(),
                                                   " is behind the path's ", path.path_segments_size(),
                                                   " segments"));
  }
  if (caller->name() == name) {
    return absl::InvalidArgumentError(
        absl::StrCat("the calling hop \"", caller->name(), "\" and this hop \"", name,
                     "\" have the same name: give each program its own --name"));
  }
  if (caller->id() != connection.id()) {
    return absl::InvalidArgumentError(absl::StrCat("connection.id \"", connection.id(),
                                                   "\" differs from the id of its current path segment \"",
                                                   caller->id(), "\""));
  }
  int next = static_cast<int>(path.index()) + 1;
  if (next == path.path_segments_size()) {
    StartSegment(name, *path.add_path_segments());
  } else if (path.path_segments(next).name() != name) {
    // The caller used another hop before: what lies behind that one belongs to the old way.
    path.mutable_path_segments()->DeleteSubrange(next + 1, path.path_segments_size() - next - 1);
    StartSegment(name, *path.mutable_path_segments(next));
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

std::string PathToString(const Path& path) {
  return absl::StrJoin(path.path_segments(), " > ",
                       [](std::string* out, const PathSegment& segment) { out->append(segment.name()); });
}

}  // namespace nsm
