// SPDX-License-Identifier: Apache-2.0
// Whose connections a watcher is shown, beside what its selector chooses.
//
// An operator is shown everybody's. On a pod's door a pod is shown its own, which the connections' ids say
// (IsIdOfPod). Else a peer is shown its own alone, those that came through it: a segment of the path in front
// of us has its token. With identities that is one in the name of who the connection's handshake has shown,
// and holds for every door; without them one of the same subject as the token of the call, on doors to other
// nodes and domains, while this node's programs are shown everybody's. Both tokens were made by one program,
// ours and upstream's do so for every call, whatever the selector says. A peer whose token has no subject
// (plaintext beside programs whose tokens are no JWTs) shows that it knows the connection: the first segment
// of its selector has the name and the id of a segment in front of us, which is what upstream's hops select
// by. A selector that is empty then shows nothing.
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
