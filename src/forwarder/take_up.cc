// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/take_up.h"

#include <spdlog/spdlog.h>

#include <map>

#include "absl/time/clock.h"
#include "src/core/status_macros.h"
#include "src/forwarder/kernel_mechanism.h"
#include "src/nsm/wire/path.h"

namespace nsm::forwarder {
namespace {

// For an endpoint that is not known.
constexpr int kTries = 10;

// A client that offers another namespace than was chosen once is there now. True if it does.
bool MoveToOffered(NetworkServiceRequest& request) {
  if (KindOf(request.connection().mechanism()) != kLocalKernel) return false;
  Mechanism& chosen = *request.mutable_connection()->mutable_mechanism();
  for (const Mechanism& offered : request.mechanism_preferences()) {
    if (KindOf(offered) != kLocalKernel || !ToAttachment(offered).ok()) continue;
    if (Parameter(offered, mechanism::kInodeUrl) == Parameter(chosen, mechanism::kInodeUrl)) return false;
    chosen = offered;
    return true;
  }
  return false;
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
  ASSIGN_OR_RETURN(std::optional<std::string> id, mechanisms_.FindLive(request));
  if (is_known || !id) return next.Request(context, std::move(request));
  spdlog::info("connection {}: taken up from {}", *id, PathToString(connection.path()));
  if (behind == nullptr || behind->id() != *id) return Continue(*id, context, std::move(request), next);
  Rename(*id, connection);
  return next.Request(context, std::move(request));
}

absl::Status TakeUp::Close(Context& context, Connection connection, Next next) {
  const PathSegment* behind = NextSegment(connection);
  if (behind != nullptr && behind->name() != name_) {
    NetworkServiceRequest as_known;
    *as_known.mutable_connection() = connection;
    absl::StatusOr<std::optional<std::string>> id = mechanisms_.FindLive(as_known);
    if (id.ok() && *id == behind->id()) Rename(**id, connection);
  }
  return next.Close(context, std::move(connection));
}

void TakeUp::Rename(const std::string& id, Connection& connection) const {
  Path& path = *connection.mutable_path();
  const int own = static_cast<int>(path.index()) + 1;
  PathSegment& segment =
      own < path.path_segments_size() ? *path.mutable_path_segments(own) : *path.add_path_segments();
  segment.set_name(name_);
  segment.set_id(id);
}

absl::StatusOr<Connection> TakeUp::AskForTheSame(const Context& context, const NetworkServiceRequest& same,
                                                 const Next& next) const {
  Context first = context;
  first.deadline = clock_.Now() + (context.deadline - clock_.Now()) / 2;
  absl::StatusOr<Connection> answer = next.Request(first, same);
  for (int tries = 1; tries < kTries && absl::IsNotFound(answer.status()); ++tries) {
    absl::SleepFor(pause_);
    answer = next.Request(first, same);
  }
  return answer;
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
    absl::StatusOr<Connection> answer = AskForTheSame(context, same, next);
    if (answer.ok()) return answer;
    spdlog::info("connection {}: not as it was before: {}", id, answer.status().ToString());
  }
  connection.set_state(::connection::RESELECT_REQUESTED);
  return next.Request(context, std::move(request));
}

}  // namespace nsm::forwarder
