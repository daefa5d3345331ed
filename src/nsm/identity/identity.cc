// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/identity.h"

#include <vector>

#include "grpc/grpc_security_constants.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

std::string Property(const grpc::AuthContext& connection, const char* name) {
  const std::vector<grpc::string_ref> values = connection.FindPropertyValues(name);
  return values.size() == 1 ? std::string(values[0].data(), values[0].size()) : "";
}

Peer PeerAt(const grpc::AuthContext& connection) {
  return {.id = Property(connection, GRPC_PEER_SPIFFE_ID_PROPERTY_NAME),
          .certificate = Property(connection, GRPC_X509_PEM_CERT_PROPERTY_NAME),
          .newest = ""};
}

Peer PeerOf(const grpc::ServerContextBase& call) { return PeerAt(*call.auth_context()); }

Peer PeerOf(const grpc::ClientContext& call) {
  Peer peer = PeerAt(*call.auth_context());
  const auto& metadata = call.GetServerInitialMetadata();
  if (auto shown = metadata.find(kSvidHeader); shown != metadata.end()) {
    peer.newest.assign(shown->second.data(), shown->second.size());
  }
  return peer;
}

}  // namespace nsm
