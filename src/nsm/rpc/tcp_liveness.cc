// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/tcp_liveness.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>

#include "grpc/support/sync.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/version_info.h"

// What gRPC takes in GRPC_ARG_SOCKET_MUTATOR. Its libraries export this, and no header that is installed has
// it: src/core/lib/iomgr/socket_mutator.h of gRPC 1.51.
static_assert(GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51,
              "compare these declarations with the socket_mutator.h of this version of gRPC");

struct grpc_mutate_socket_info;
struct grpc_socket_mutator_vtable {
  bool (*mutate_fd)(int fd, grpc_socket_mutator* mutator);
  int (*compare)(grpc_socket_mutator* a, grpc_socket_mutator* b);
  void (*destroy)(grpc_socket_mutator* mutator);
  bool (*mutate_fd_2)(const grpc_mutate_socket_info* info, grpc_socket_mutator* mutator);
};
struct grpc_socket_mutator {
  const grpc_socket_mutator_vtable* vtable;
  gpr_refcount refcount;
};
void grpc_socket_mutator_init(grpc_socket_mutator* mutator, const grpc_socket_mutator_vtable* vtable);

namespace nsm {
namespace {

// Also of a listening socket, from which those that it accepts have it.
bool SetOptions(int fd, grpc_socket_mutator*) {
  int domain = AF_UNIX;
  socklen_t size = sizeof domain;
  ::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
  if (domain == AF_UNIX) return true;  // whose peer cannot go in silence
  auto set = [fd](int level, int option, int value) {
    return ::setsockopt(fd, level, option, &value, sizeof value) == 0;
  };
  return set(SOL_SOCKET, SO_KEEPALIVE, 1) && set(IPPROTO_TCP, TCP_KEEPIDLE, 1) &&
         set(IPPROTO_TCP, TCP_KEEPINTVL, 1) &&
         set(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(absl::ToInt64Milliseconds(kUserTimeout)));
}

grpc_socket_mutator* NewMutator() {
  static constexpr grpc_socket_mutator_vtable kTable = {
      .mutate_fd = SetOptions,
      .compare = [](grpc_socket_mutator*, grpc_socket_mutator*) { return 0; },
      .destroy = [](grpc_socket_mutator* mutator) { delete mutator; },
      .mutate_fd_2 = nullptr};
  auto* mutator = new grpc_socket_mutator;
  grpc_socket_mutator_init(mutator, &kTable);
  return mutator;
}

class ServerOption final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* arguments) override { AddTcpLiveness(*arguments); }
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>*) override {}
};

}  // namespace

// The arguments own the mutator.
void AddTcpLiveness(grpc::ChannelArguments& arguments) { arguments.SetSocketMutator(NewMutator()); }

void AddTcpLiveness(grpc::ServerBuilder& builder) { builder.SetOption(std::make_unique<ServerOption>()); }

}  // namespace nsm
