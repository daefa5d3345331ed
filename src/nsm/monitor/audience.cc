// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/audience.h"

#include <algorithm>

#include "src/nsm/wire/path.h"
#include "src/nsm/wire/token_claims.h"

namespace nsm {

Audience::Audience(const Door& door, const Caller& caller, const MonitorScopeSelector& selector)
    : sees_all_(door.entrants == Entrants::kOperator ||
                (door.entrants == Entrants::kNode && caller.peer.id.empty())),
      pod_(door.pod),
      subject_(caller.peer.id.empty() ? TokenSubject(caller.token) : caller.peer.id) {
  if (selector.path_segments_size() > 0) selected_ = selector.path_segments(0);
}

bool Audience::Sees(const Connection& connection) const {
  if (sees_all_) return true;
  if (pod_ != nullptr) return IsIdOfPod(connection.id(), pod_->uid);
  const auto& segments = connection.path().path_segments();
  const auto in_front = std::min<int64_t>(connection.path().index(), segments.size());
  return std::any_of(segments.begin(), segments.begin() + in_front,
                     [this](const PathSegment& segment) { return Owns(segment); });
}

bool Audience::Owns(const PathSegment& segment) const {
  if (subject_) return TokenSubject(segment.token()) == subject_;
  return !selected_.name().empty() && !selected_.id().empty() && selected_.name() == segment.name() &&
         selected_.id() == segment.id();
}

}  // namespace nsm
