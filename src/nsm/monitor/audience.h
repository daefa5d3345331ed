// SPDX-License-Identifier: Apache-2.0
// Whose connections a watcher is shown, beside what its selector chooses.
//
// On a door of this node: everybody's. On a pod's door: the pod's own, which the connections' ids say
// (IsIdOfPod). On a door to other nodes and domains a peer is shown its own alone, those that came through
// it: a segment of the path in front of us has its token, that is one of the same subject as the token of the
// call. Both were made by one program (with identities: both are verified), ours and upstream's do so for
// every call, whatever the selector says. A peer whose token has no subject (plaintext beside programs whose
// tokens are no JWTs) shows that it knows the connection: the first segment of its selector has the name and
// the id of a segment in front of us, which is what upstream's hops select by. A selector that is empty then
// shows nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "src/nsm/rpc/context.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

class Audience {
 public:
  // Whoever may see everything.
  Audience() = default;
  // Who calls by a door.
  Audience(const Door& door, const Caller& caller, const MonitorScopeSelector& selector);

  bool Sees(const Connection& connection) const;

 private:
  bool Owns(const PathSegment& segment) const;

  bool sees_all_ = true;
  std::shared_ptr<const Pod> pod_;
  std::optional<std::string> subject_;
  PathSegment selected_;
};

}  // namespace nsm
