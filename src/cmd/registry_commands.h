// SPDX-License-Identifier: Apache-2.0
// The commands of nsmctl that ask a registry or tell it something. `address` is the registry's.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "src/nsm/identity/identity.h"

namespace nsm::cmd {

// Prints the endpoints of a service as they are told; with `watch` until the registry is lost.
absl::Status FindEndpoints(Identity& own, const std::string& address, const std::string& service, bool watch);
// Adds a service or changes it: what the file has, a NetworkService as protobuf writes it in JSON.
absl::Status SetService(Identity& own, const std::string& address, const std::string& path);
// NOT_FOUND where the registry has none of that name, here and below. PERMISSION_DENIED where it is
// another's; a registry lets its operator (--admin-listen-on) do it.
absl::Status RemoveService(Identity& own, const std::string& address, const std::string& name);
absl::Status UnregisterEndpoint(Identity& own, const std::string& address, const std::string& name);

}  // namespace nsm::cmd
