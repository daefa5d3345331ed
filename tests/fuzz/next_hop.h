// SPDX-License-Identifier: Apache-2.0
// The program behind a chain that is fuzzed: agrees to every Request, then spoils its answer as told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "src/core/clock.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/request/update_path.h"
#include "src/nsm/rpc/channel_pool.h"
#include "tests/harness/temp_folder.h"

namespace nsm::fuzz {

class NextHop {
 public:
  explicit NextHop(ChannelPool& channels) : own_(channels.identity()) {
    chain_.Add<Spoil>(spoil_);
    chain_.Add<UpdatePath>("next");
    chain_.Add<Agree>();
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort(unix_url_.ToGrpcTarget(), grpc::InsecureServerCredentials());
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service_);
    builder.RegisterService(&monitor_service_);
    server_ = builder.BuildAndStart();
    tcp_url_ = Url::Tcp({"127.0.0.1", static_cast<uint16_t>(port)});
    // Held, so that the calls of all inputs use them.
    held_ = {channels.Get(unix_url_), channels.Get(tcp_url_)};
  }
  ~NextHop() {
    monitor_service_.Shutdown();
    server_->Shutdown();
  }

  const Url& unix_url() const { return unix_url_; }
  const Url& tcp_url() const { return tcp_url_; }
  // Bytes of a connection that are merged into every answer from now on.
  void set_spoil(absl::string_view bytes) { spoil_ = std::string(bytes); }

 private:
  struct Spoil final : Element {
    explicit Spoil(const std::string& bytes) : bytes(bytes) {}
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      auto answer = next.Request(context, std::move(request));
      // What cannot be parsed would not reach our code.
      if (Connection spoil; answer.ok() && spoil.ParseFromString(bytes)) answer->MergeFrom(spoil);
      return answer;
    }
    const std::string& bytes;
  };
  struct Agree final : Element {
    absl::StatusOr<Connection> Request(Context&, NetworkServiceRequest request, Next) override {
      Connection& connection = *request.mutable_connection();
      if (connection.mechanism().type().empty() && request.mechanism_preferences_size() > 0) {
        *connection.mutable_mechanism() = request.mechanism_preferences(0);
      }
      auto& parameters = *connection.mutable_mechanism()->mutable_parameters();
      const bool is_kernel = connection.mechanism().type() == mechanism::kKernel;
      parameters[is_kernel ? mechanism::kInodeUrl : mechanism::kDstIp] =
          is_kernel ? "inode://4/2" : "192.0.2.2";
      parameters[is_kernel ? mechanism::kName : mechanism::kVni] = is_kernel ? "nsm-9" : "77";
      auto& ip = *connection.mutable_context()->mutable_ip_context();
      if (ip.src_ip_addrs().empty()) ip.add_src_ip_addrs("172.16.1.1/32");
      if (ip.dst_ip_addrs().empty()) ip.add_dst_ip_addrs("172.16.1.0/32");
      return connection;
    }
  };

  const TempFolder folder_;
  const Url unix_url_ = folder_.Socket("next.sock");
  Url tcp_url_;
  SystemClock clock_;
  std::string spoil_;
  Chain chain_;
  ConnectionMonitor monitor_{clock_};
  const Door door_{.url = unix_url_, .entrants = Entrants::kNode};
  Outcomes outcomes_{clock_};
  const Identity& own_;
  NetworkServiceServer service_{"next", own_, chain_, door_, clock_, outcomes_};
  ConnectionMonitorServer monitor_service_{monitor_, door_, clock_};
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::shared_ptr<grpc::Channel>> held_;
};

}  // namespace nsm::fuzz
