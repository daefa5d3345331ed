// SPDX-License-Identifier: Apache-2.0
// A gRPC server of an endpoint registry on a unix socket of its own, for tests in one process.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "src/core/clock.h"
#include "src/core/url.h"
#include "src/nsm/registry/registry_server.h"

namespace nsm {

// Names itself "host" in errors.
class RegistryHost {
 public:
  explicit RegistryHost(const RegistryChain<EndpointKind>& endpoints)
      : endpoints_("host", endpoints, Door{.url = {}, .entrants = Entrants::kNode}, clock_),
        services_("host", no_services_, Door{.url = {}, .entrants = Entrants::kNode}, clock_),
        folder_(MakeFolder()) {}
  RegistryHost(const RegistryChain<EndpointKind>& endpoints, const RegistryChain<ServiceKind>& services)
      : endpoints_("host", endpoints, Door{.url = {}, .entrants = Entrants::kNode}, clock_),
        services_("host", services, Door{.url = {}, .entrants = Entrants::kNode}, clock_),
        folder_(MakeFolder()) {}
  ~RegistryHost() {
    Stop();
    std::filesystem::remove_all(folder_);
  }

  Url url() const { return port_ == 0 ? Url::Unix(folder_ + "/sock") : Url::Tcp({"127.0.0.1", port_}); }
  // On its unix socket.
  void Start() { Listen(url().ToGrpcTarget(), nullptr); }
  // On a TCP port of the system's choice.
  void StartTcp() {
    int port = 0;
    Listen("127.0.0.1:0", &port);
    port_ = static_cast<uint16_t>(port);
  }
  void Shutdown() {
    endpoints_.Shutdown();
    services_.Shutdown();
  }
  // Also waits for all streams to be over.
  void Stop() {
    if (server_ == nullptr) return;
    Shutdown();
    server_->Shutdown();
    server_ = nullptr;
  }

 private:
  static std::string MakeFolder() {
    std::string folder = (std::filesystem::temp_directory_path() / "nsm-host-XXXXXX").string();
    return ::mkdtemp(folder.data());
  }
  void Listen(const std::string& target, int* port) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(target, grpc::InsecureServerCredentials(), port);
    builder.RegisterService(&endpoints_);
    builder.RegisterService(&services_);
    server_ = builder.BuildAndStart();
  }

  SystemClock clock_;
  RegistryChain<ServiceKind> no_services_;
  RegistryServer<EndpointKind> endpoints_;
  RegistryServer<ServiceKind> services_;
  const std::string folder_;
  uint16_t port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace nsm
