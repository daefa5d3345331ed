// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/health_check_service_server_builder_option.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/tcp_liveness.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

// Then a client is told to make another one for its next calls, while those that run go on, streams for as
// long as they like: a certificate that was shown once counts no longer than this, whatever has become of it.
constexpr absl::Duration kOldest = absl::Minutes(5);
// Who connects and says nothing is not waited for any longer; gRPC's own limit is two minutes.
constexpr absl::Duration kLongestHandshake = absl::Seconds(10);

int Milliseconds(absl::Duration duration) { return static_cast<int>(duration / absl::Milliseconds(1)); }

// Different for each process, so that two that start at once do not meet; hidden, as who looks into a folder
// for sockets (kubelet for its plugins) takes it for another one.
std::string TemporaryName(const std::string& path) {
  const std::filesystem::path whole(path);
  return whole.parent_path() / absl::StrCat(".", whole.filename().string(), ".", ::getpid());
}

absl::Status PrepareFolder(const std::string& path) {
  if (TemporaryName(path).size() > kLongestUnixPath) {
    return absl::InvalidArgumentError(absl::StrCat(
        "listening on unix://", path, ": a socket's path has at most ", kLongestUnixPath - 13, " bytes"));
  }
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("making the folder of unix://", path));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(
    const std::vector<Url>& listen_on, const std::shared_ptr<grpc::ServerCredentials>& credentials,
    const std::vector<grpc::Service*>& services, const std::vector<std::string>& healthy) {
  std::unique_ptr<Server> server(new Server);
  grpc::EnableDefaultHealthCheckService(true);
  grpc::ServerBuilder builder;
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kMetadata);
  builder.SetMaxReceiveMessageSize(limits::kReceive);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, Milliseconds(kOldest));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, Milliseconds(kLongestHandshake));
  AddTcpLiveness(builder);
  std::vector<int> bound(listen_on.size(), 0);
  for (size_t i = 0; i < listen_on.size(); ++i) {
    std::string target = listen_on[i].ToGrpcTarget();
    if (listen_on[i].is_unix()) {
      RETURN_IF_ERROR(PrepareFolder(listen_on[i].path));
      target = absl::StrCat("unix:", TemporaryName(listen_on[i].path));
    }
    builder.AddListeningPort(target, credentials, &bound[i]);
  }
  for (grpc::Service* service : services) builder.RegisterService(service);
  server->server_ = builder.BuildAndStart();
  for (size_t i = 0; i < listen_on.size(); ++i) {
    if (bound[i] != 0) continue;
    return absl::UnavailableError(absl::StrCat("cannot listen on ", listen_on[i].ToString(),
                                               ": is the address this host's, and used by nobody else?"));
  }
  if (server->server_ == nullptr) return absl::UnavailableError("the gRPC server did not start");
  for (const Url& url : listen_on) {
    if (url.is_unix()) RETURN_IF_ERROR(server->PutInPlace(url.path));
  }
  for (const std::string& name : healthy) {
    server->server_->GetHealthCheckService()->SetServingStatus(name, true);
  }
  return server;
}

absl::Status Server::PutInPlace(const std::string& path) {
  const std::string temporary = TemporaryName(path);
  struct stat info = {};
  if (::stat(temporary.c_str(), &info) != 0 || ::rename(temporary.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("putting the socket unix://", path, " in place"));
  }
  sockets_.push_back({path, info.st_dev, info.st_ino});
  return absl::OkStatus();
}

Server::~Server() { Shutdown(absl::Seconds(1)); }

void Server::Shutdown(absl::Duration patience) {
  for (const UnixSocket& socket : std::exchange(sockets_, {})) {
    struct stat info = {};
    if (::stat(socket.path.c_str(), &info) != 0) continue;
    if (info.st_dev == socket.device && info.st_ino == socket.inode) ::unlink(socket.path.c_str());
  }
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(absl::Now() + patience));
  server_ = nullptr;
}

}  // namespace nsm
