// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/refuse_foreign_socket.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace nsm {

absl::StatusOr<NetworkServiceEndpoint> RefuseForeignSocket::Register(Context& context, Entry entry,
                                                                     RegistryNext<EndpointKind> next) {
  const bool is_from_elsewhere = context.is_called && !context.caller.is_local && !context.caller.is_operator;
  if (is_from_elsewhere && absl::StartsWith(entry.url(), "unix:")) {
    return absl::InvalidArgumentError(
        absl::StrCat("endpoint ", entry.name(), ": its URL ", entry.url(),
                     " names a socket of its own node, and it has come over TCP: register it with a tcp:// "
                     "URL, or over a unix socket of its node"));
  }
  return next.Register(context, std::move(entry));
}

}  // namespace nsm
