// SPDX-License-Identifier: Apache-2.0
// What goes down a chain with one call, beside the message.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "src/core/clock.h"
#include "src/core/url.h"
#include "src/nsm/rpc/door.h"
#include "src/nsm/wire/registry_path.h"

namespace nsm {

// Who made the call, from the door that it came by and its metadata.
struct Caller {
  bool is_local = false;                            // a program or pod of this node
  bool is_operator = false;                         // may put right what others have left behind
  std::string token;                                // metadata nsm-client-token; empty when there was none
  absl::Time token_expires = absl::InfinitePast();  // metadata nsm-client-token-expires
  std::shared_ptr<const Pod> pod = nullptr;         // which one it is, where the door is a pod's own
  std::string pod_folder = {};                      // with that pod's sockets; the door is in it
  Peer peer = {};                                   // who it is, where there are identities
};

struct Context {
  absl::Time deadline = absl::InfiniteFuture();
  bool is_called = false;  // by another program, over the wire; otherwise this one acts by itself
  Caller caller;
  // That call, as long as its chain runs.
  const grpc::ServerContextBase* call = nullptr;
  // Where the connect element goes. Of a Request set by the element that discovers, of a Close by the begin
  // element, which remembers where the connection was made.
  std::optional<Url> next_hop;
  // Of a Close, set by the element that discovers: finds the next hop where none is remembered.
  std::function<absl::StatusOr<std::vector<Url>>(const Context&)> find_next_hop;
  // Set by the connect element: there was a connection to the next hop that was called last.
  bool is_reached = false;
  // Set by the begin element: closes this connection later, in its turn, through the rest of the chain.
  std::function<void()> close_later;
  // Of Register and Unregister: the hops so far; on the way back, with what those behind us added.
  RegistryPath registry_path;
};

// What the door and the metadata of a call say about its caller and its deadline. A call without a deadline
// gets one of 15 s: nothing waits for ever.
Context ContextFromCall(const grpc::ServerContextBase& call, const Door& door, const Clock& clock);

// The metadata of a call.
absl::Status CheckLimits(const Caller& caller);

}  // namespace nsm
