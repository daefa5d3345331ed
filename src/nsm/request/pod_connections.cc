// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/pod_connections.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

absl::Status CheckOwner(const PathSegment& own, const Pod& pod) {
  if (IsIdOfPod(own.id(), pod.uid)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("connection ", own.id(), " is not one of pod ", pod.ToString()));
}

}  // namespace

const PathSegment* PodConnections::OwnSegment(const Connection& connection) const {
  const PathSegment* own = NextSegment(connection);
  return own != nullptr && own->name() == name_ ? own : nullptr;
}

// The segments behind ours, which is there.
void PodConnections::PutRight(Path& path) const {
  auto& segments = *path.mutable_path_segments();
  const int own = static_cast<int>(path.index()) + 1;
  const int behind = segments.size() - own - 1;
  if (behind == 0) return;
  segments.DeleteSubrange(own + 1, behind);
  const std::optional<Connection> known = monitor_.Find(segments.Get(own).id());
  if (!known || known->path().index() != path.index() + 1) return;
  const auto& established = known->path().path_segments();
  segments.Add(established.begin() + own + 1, established.end());
}

absl::StatusOr<Connection> PodConnections::Request(Context& context, NetworkServiceRequest request,
                                                   Next next) {
  if (context.caller.pod == nullptr) return next.Request(context, std::move(request));
  const Pod& pod = *context.caller.pod;
  Connection& connection = *request.mutable_connection();
  if (const PathSegment* own = OwnSegment(connection)) {
    RETURN_IF_ERROR(CheckOwner(*own, pod));
    PutRight(*connection.mutable_path());
    return next.Request(context, std::move(request));
  }
  Path& path = *connection.mutable_path();
  const auto index = static_cast<int64_t>(path.index()) + 1;
  if (index > path.path_segments_size() || index >= static_cast<int64_t>(limits::kSegments)) {
    return next.Request(context, std::move(request));  // which says what is wrong with the path
  }
  auto& segments = *path.mutable_path_segments();
  segments.DeleteSubrange(static_cast<int>(index), segments.size() - static_cast<int>(index));
  PathSegment& own = *segments.Add();
  own.set_name(name_);
  own.set_id(NewIdOfPod(pod.uid));
  return next.Request(context, std::move(request));
}

absl::Status PodConnections::Close(Context& context, Connection connection, Next next) {
  if (context.caller.pod == nullptr) return next.Close(context, std::move(connection));
  const PathSegment* own = OwnSegment(connection);
  if (own == nullptr) return absl::OkStatus();
  RETURN_IF_ERROR(CheckOwner(*own, *context.caller.pod));
  PutRight(*connection.mutable_path());
  return next.Close(context, std::move(connection));
}

}  // namespace nsm
