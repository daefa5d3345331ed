// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/take_up.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/forwarder/ip_context.h"
#include "src/forwarder/mechanism.h"
#include "src/nsm/wire/path.h"

namespace nsm::forwarder {
namespace {

bool IsKernel(const Mechanism& mechanism) {
  return mechanism.cls() == mechanism::kLocal && mechanism.type() == mechanism::kKernel;
}

// What was chosen, else what is offered first of our kinds.
Mechanism MechanismOf(const NetworkServiceRequest& request) {
  if (!request.connection().mechanism().type().empty()) return request.connection().mechanism();
  const auto& offered = request.mechanism_preferences();
  auto kernel = std::find_if(offered.begin(), offered.end(), IsKernel);
  return kernel != offered.end() ? *kernel : Mechanism();
}

// A client that offers another namespace than was chosen once is there now. True if it does.
bool MoveToOffered(NetworkServiceRequest& request) {
  if (!IsKernel(request.connection().mechanism())) return false;
  Mechanism& chosen = *request.mutable_connection()->mutable_mechanism();
  for (const Mechanism& offered : request.mechanism_preferences()) {
    if (!IsKernel(offered) || !ToAttachment(offered).ok()) continue;
    if (Parameter(offered, mechanism::kInodeUrl) == Parameter(chosen, mechanism::kInodeUrl)) return false;
    chosen = offered;
    return true;
  }
  return false;
}

bool IsEndOf(const dataplane::Tunnel& tunnel, const Mechanism& mechanism) {
  absl::StatusOr<IpAddress> peer = IpAddress::Parse(Parameter(mechanism, mechanism::kSrcIp));
  return mechanism.type() == mechanism::kVxlan && peer.ok() && *peer == tunnel.remote &&
         Parameter(mechanism, mechanism::kVni) == absl::StrCat(tunnel.vni.value);
}

std::map<std::string, std::string> LabelsOf(const Connection& connection) {
  return {connection.labels().begin(), connection.labels().end()};
}

bool WantsTheSame(const Connection& wanted, const Connection& before) {
  const std::string& endpoint = wanted.network_service_endpoint_name();
  return wanted.state() != ::connection::RESELECT_REQUESTED && before.state() == ::connection::UP &&
         wanted.network_service() == before.network_service() &&
         (endpoint.empty() || endpoint == before.network_service_endpoint_name()) &&
         LabelsOf(wanted) == LabelsOf(before);
}

}  // namespace

absl::StatusOr<Connection> TakeUp::Request(Context& context, NetworkServiceRequest request, Next next) {
  const bool moved = MoveToOffered(request);
  Connection& connection = *request.mutable_connection();
  const PathSegment* behind = NextSegment(connection);
  const bool is_known = behind != nullptr && behind->name() == name_;
  if ((is_known && !moved) || CurrentSegment(connection) == nullptr) {
    return next.Request(context, std::move(request));
  }
  ASSIGN_OR_RETURN(std::optional<std::string> id, FindId(connection, MechanismOf(request)));
  if (is_known || !id) return next.Request(context, std::move(request));
  spdlog::info("connection {}: taken up from {}", *id, PathToString(connection.path()));
  if (behind == nullptr || behind->id() != *id) return Continue(*id, context, std::move(request), next);
  Rename(*id, connection);
  return next.Request(context, std::move(request));
}

absl::Status TakeUp::Close(Context& context, Connection connection, Next next) {
  const PathSegment* behind = NextSegment(connection);
  if (behind != nullptr && behind->name() != name_) {
    absl::StatusOr<std::optional<std::string>> id = FindId(connection, connection.mechanism());
    if (id.ok() && *id == behind->id()) Rename(**id, connection);
  }
  return next.Close(context, std::move(connection));
}

absl::StatusOr<std::optional<std::string>> TakeUp::FindId(const Connection& connection,
                                                          const Mechanism& mechanism) const {
  if (IsKernel(mechanism)) {
    absl::StatusOr<dataplane::Attachment> wanted = ToAttachment(mechanism);
    // What is wrong with it is JoinLegs' to say.
    if (!wanted.ok()) return std::nullopt;
    wanted->alias = AliasFor(Side::kClient, connection);
    return dataplane_.FindClient(*wanted);
  }
  const PathSegment* behind = NextSegment(connection);
  if (behind == nullptr) return std::nullopt;
  std::optional<dataplane::CrossConnect> live = dataplane_.Find(behind->id());
  if (!live) return std::nullopt;
  const auto* tunnel = std::get_if<dataplane::Tunnel>(&live->client);
  if (tunnel == nullptr || !IsEndOf(*tunnel, mechanism)) return std::nullopt;
  return behind->id();
}

void TakeUp::Rename(const std::string& id, Connection& connection) const {
  Path& path = *connection.mutable_path();
  const int own = static_cast<int>(path.index()) + 1;
  PathSegment& segment =
      own < path.path_segments_size() ? *path.mutable_path_segments(own) : *path.add_path_segments();
  segment.set_name(name_);
  segment.set_id(id);
}

absl::StatusOr<Connection> TakeUp::Continue(const std::string& id, Context& context,
                                            NetworkServiceRequest request, const Next& next) const {
  Connection& connection = *request.mutable_connection();
  auto& segments = *connection.mutable_path()->mutable_path_segments();
  Rename(id, connection);
  const int own = static_cast<int>(connection.path().index()) + 1;
  segments.DeleteSubrange(own + 1, segments.size() - own - 1);
  std::optional<Connection> before = monitor_.Find(id);
  if (before && WantsTheSame(connection, *before)) {
    NetworkServiceRequest same = request;
    const auto& known = before->path().path_segments();
    same.mutable_connection()->mutable_path()->mutable_path_segments()->Add(
        known.begin() + static_cast<int>(before->path().index()) + 1, known.end());
    same.mutable_connection()->set_network_service_endpoint_name(before->network_service_endpoint_name());
    Context first = context;
    first.deadline = clock_.Now() + (context.deadline - clock_.Now()) / 2;
    absl::StatusOr<Connection> answer = next.Request(first, std::move(same));
    if (answer.ok()) return answer;
    spdlog::info("connection {}: not as it was before: {}", id, answer.status().ToString());
  }
  connection.set_state(::connection::RESELECT_REQUESTED);
  return next.Request(context, std::move(request));
}

}  // namespace nsm::forwarder
