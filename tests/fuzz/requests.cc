// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/requests.h"

#include <thread>

#include "absl/time/clock.h"
#include "src/nsm/wire/mechanism_kind.h"

namespace nsm::fuzz {
namespace {

std::string Input(char flags, const std::string& message, const std::string& spoil = "") {
  return std::string({flags, static_cast<char>(message.size()), static_cast<char>(message.size() >> 8)}) +
         message + spoil;
}

// Everything that an upstream client may fill in.
Connection FullConnection(const std::string& service, const std::string& endpoint) {
  Connection connection = ConnectionThrough({"nsc"}, 0);
  connection.set_network_service(service);
  connection.set_network_service_endpoint_name(endpoint);
  connection.set_payload(kPayloadEthernet);
  (*connection.mutable_labels())["app"] = "a";
  auto& ip = *connection.mutable_context()->mutable_ip_context();
  ip.add_excluded_prefixes("10.0.0.0/8");
  ip.add_src_ip_addrs("172.16.1.1/32");
  ip.add_dst_ip_addrs("172.16.1.0/32");
  ip.add_src_routes()->set_prefix("172.16.1.0/32");
  ip.add_dst_routes()->set_prefix("172.16.1.1/32");
  ip.mutable_dst_routes(0)->set_nexthop("172.16.1.0");
  connection.mutable_context()->mutable_dns_context()->add_configs()->add_dns_server_ips("192.0.2.53");
  connection.mutable_context()->set_mtu(1400);
  return connection;
}

Mechanism Vxlan() {
  Mechanism mechanism = MakeMechanism(kRemoteVxlan);
  (*mechanism.mutable_parameters())[mechanism::kSrcIp] = "192.0.2.3";
  (*mechanism.mutable_parameters())[mechanism::kSrcPort] = "4789";
  (*mechanism.mutable_parameters())[mechanism::kMtu] = "1450";
  return mechanism;
}

// Of which the last will do.
std::vector<Mechanism> SeveralPreferences() {
  std::vector<Mechanism> several(4, Vxlan());
  several[0].clear_type();
  several[1].set_type("WIREGUARD");
  (*several[2].mutable_parameters())[mechanism::kMtu] = "1";
  return several;
}

// What a next hop may put into its answer.
std::vector<std::string> Spoils() {
  std::vector<Connection> spoils(6);
  spoils[0].mutable_context()->set_mtu(0xffffffff);
  (*spoils[1].mutable_mechanism()->mutable_parameters())[mechanism::kVni] = "16777216";
  spoils[2].mutable_context()->mutable_ip_context()->add_src_ip_addrs("not an address");
  spoils[3].mutable_path()->set_index(7);
  spoils[4].mutable_mechanism()->set_type("WIREGUARD");
  spoils[5].mutable_path()->add_path_segments()->mutable_expires()->set_seconds(-1);
  std::vector<std::string> bytes;
  for (const Connection& spoil : spoils) bytes.push_back(spoil.SerializeAsString());
  return bytes;
}

}  // namespace

std::vector<std::string> RequestSeeds(const std::string& service, const std::string& endpoint) {
  NetworkServiceRequest first = RequestFor(FullConnection(service, endpoint)), remote = first;
  *first.add_mechanism_preferences() = MakeKernel("inode://4/1", "nsm-1");
  *remote.add_mechanism_preferences() = Vxlan();
  NetworkServiceRequest refresh = first, reselect = first, any = first, several = first;
  for (const Mechanism& other : SeveralPreferences()) *several.add_mechanism_preferences() = other;
  *refresh.mutable_connection()->mutable_mechanism() = MakeKernel("inode://4/1", "nsm-1");
  reselect.mutable_connection()->set_state(::connection::RESELECT_REQUESTED);
  any.mutable_connection()->clear_network_service_endpoint_name();
  any.mutable_connection()->clear_payload();
  std::vector<std::string> seeds;
  for (const NetworkServiceRequest& request : {first, remote, refresh, reselect, any, several}) {
    seeds.push_back(Input(1, request.SerializeAsString()));
    seeds.push_back(Input(0, request.SerializeAsString()));
  }
  for (const std::string& spoil : Spoils()) {
    seeds.push_back(Input(1, first.SerializeAsString(), spoil));
    seeds.push_back(Input(0, remote.SerializeAsString(), spoil));
  }
  seeds.push_back(Input(3, first.connection().SerializeAsString()));
  return seeds;
}

Context RequestTarget::NewContext(bool is_local) const {
  Context context;
  context.deadline = absl::Now() + absl::Seconds(5);
  context.caller = {.is_local = is_local, .token = "token", .token_expires = absl::Now() + absl::Hours(1)};
  return context;
}

void RequestTarget::RequireNothingLeft(const char* when) const {
  Require(begin_->established_count() == 0 && hop_.monitor.Connections().empty() &&
              hop_.next_hops.connections() == 0 && nothing_left(),
          when);
  // The connection's own timer would stay for an hour.
  const absl::Time limit = absl::Now() + absl::Seconds(10);
  while (hop_.timers.size() > lingering() && absl::Now() < limit) std::this_thread::yield();
  Require(hop_.timers.size() <= lingering(), when);
}

void RequestTarget::Run(absl::string_view input) {
  if (input.size() < 3) return;
  const bool is_local = (input[0] & 1) != 0, is_close = (input[0] & 2) != 0;
  const size_t length = static_cast<uint8_t>(input[1]) + (static_cast<uint8_t>(input[2]) << 8);
  const std::string message(input.substr(3, length));
  next_hop_.set_spoil(input.substr(std::min(input.size(), 3 + length)));
  if (is_close) {
    Connection connection;
    if (!connection.ParseFromString(message) || !CheckLimits(connection).ok()) return;
    Context context = NewContext(is_local);
    (void)chain_.Close(context, connection);
    return RequireNothingLeft("a Close of what is not there leaves nothing");
  }
  NetworkServiceRequest request;
  // As the server does.
  if (!request.ParseFromString(message) || !CheckLimits(request).ok()) return;
  RunRequest(is_local, request);
}

void RequestTarget::RunRequest(bool is_local, const NetworkServiceRequest& request) {
  Context context = NewContext(is_local);
  absl::StatusOr<Connection> answer = chain_.Request(context, request);
  if (!answer.ok()) return RequireNothingLeft("a Request that fails leaves nothing");
  const Path& asked = request.connection().path();
  Require(answer->id() == request.connection().id() && answer->path().index() == asked.index() &&
              IsSameWay(answer->path(), asked, asked.index()) && NextSegment(*answer) != nullptr,
          "an answer is in the caller's view");
  Require(NextSegment(*answer)->name() == hop_.name && NextSegment(*answer)->has_expires(),
          "an answer has our segment");
  Require(begin_->established_count() == 1, "a Request that succeeds establishes one connection");
  Context close = NewContext(is_local);
  (void)chain_.Close(close, *std::move(answer));
  RequireNothingLeft("a Close leaves nothing");
}

}  // namespace nsm::fuzz
