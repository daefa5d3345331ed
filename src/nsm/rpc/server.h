// SPDX-License-Identifier: Apache-2.0
// A gRPC server on unix and TCP addresses that a successor can take over.
//
// A unix socket is bound under a temporary name and renamed into place, and at the end removed only if it is
// still ours: while an old process stops, its successor's socket stays where it is. On TCP a second process
// on the same address is refused.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "src/core/url.h"

namespace nsm {

// The full names of NSM v1's services.
namespace service {
inline constexpr char kNetworkService[] = "networkservice.NetworkService";
inline constexpr char kMonitor[] = "connection.MonitorConnection";
inline constexpr char kServices[] = "registry.NetworkServiceRegistry";
inline constexpr char kEndpoints[] = "registry.NetworkServiceEndpointRegistry";
}  // namespace service

class Server {
 public:
  // Serves the services, which outlive the server, and grpc.health.v1: SERVING for "" and for the names in
  // `healthy`. UNAVAILABLE, naming the address, where it cannot listen.
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const std::vector<Url>& listen_on, const std::shared_ptr<grpc::ServerCredentials>& credentials,
      const std::vector<grpc::Service*>& services, const std::vector<std::string>& healthy = {});
  // Leaves the sockets to a successor, takes no more calls, and cancels those that still run after
  // `patience`; returns when their handlers have.
  void Shutdown(absl::Duration patience);
  // Shuts down with a second's patience if that was not done.
  ~Server();

 private:
  struct UnixSocket {
    std::string path;
    dev_t device = 0;
    ino_t inode = 0;
  };
  Server() = default;
  absl::Status PutInPlace(const std::string& path);

  std::vector<UnixSocket> sockets_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace nsm
