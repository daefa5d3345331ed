// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/discover_endpoint.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/status_macros.h"
#include "src/nsm/request/try_each.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/interdomain_name.h"
#include "src/nsm/wire/selection.h"
#include "src/nsm/wire/time.h"

namespace nsm::forwarder {
namespace {

bool Offers(const NetworkServiceEndpoint& endpoint, const std::string& service) {
  // Not every proxy adds its domain to these names as it does to the endpoint's.
  const auto in_domain = InterdomainName::Split(service);
  return std::any_of(
      endpoint.network_service_names().begin(), endpoint.network_service_names().end(),
      [&](const std::string& name) { return name == service || (in_domain && name == in_domain->target); });
}

// The name of the hop where a path ends, which is an endpoint's.
std::string EndOf(const Path& path) {
  return path.path_segments().empty() ? "" : path.path_segments().rbegin()->name();
}

void PutLast(const std::string& name, DiscoverEndpoint::Endpoints& candidates) {
  std::stable_partition(candidates.begin(), candidates.end(), [&](const NetworkServiceEndpoint& endpoint) {
    const auto in_domain = InterdomainName::Split(endpoint.name());
    return (in_domain ? in_domain->target : endpoint.name()) != name;
  });
}

}  // namespace

absl::StatusOr<Connection> DiscoverEndpoint::Request(Context& context, NetworkServiceRequest request,
                                                     Next next) {
  Connection& connection = *request.mutable_connection();
  if (!connection.network_service_endpoint_name().empty() && !connection.payload().empty()) {
    ASSIGN_OR_RETURN(auto endpoint, FindNamed(context, connection));
    return RequestAt(endpoint, context, std::move(request), next);
  }
  ASSIGN_OR_RETURN(NetworkService service, FindService(context, connection));
  connection.set_payload(service.payload());
  Endpoints candidates;
  if (!connection.network_service_endpoint_name().empty()) {
    ASSIGN_OR_RETURN(auto endpoint, FindNamed(context, connection));
    candidates = {std::move(endpoint)};
  } else {
    ASSIGN_OR_RETURN(candidates, Candidates(context, service, connection));
  }
  const auto first = static_cast<std::ptrdiff_t>(NextTurn(service.name()) % candidates.size());
  std::rotate(candidates.begin(), candidates.begin() + first, candidates.end());
  if (connection.state() == ::connection::RESELECT_REQUESTED) PutLast(EndOf(connection.path()), candidates);
  const std::string id = connection.id();
  auto ask = [&](const NetworkServiceEndpoint& endpoint, bool is_last) -> absl::StatusOr<Connection> {
    connection.set_network_service_endpoint_name(endpoint.name());
    absl::StatusOr<Connection> answer =
        RequestAt(endpoint, context, is_last ? std::move(request) : request, next);
    if (answer.ok()) return answer;
    const absl::Status failed(answer.status().code(),
                              absl::StrCat("endpoint ", endpoint.name(), ": ", answer.status().message()));
    spdlog::info("connection {}: {}", id, failed.ToString());
    return failed;
  };
  return AskInTurn(context, clock_, candidates, ask);
}

absl::Status DiscoverEndpoint::Close(Context& context, Connection connection, Next next) {
  context.find_next_hop = [this, name = connection.network_service_endpoint_name()](
                              const Context& lookup) -> absl::StatusOr<std::vector<Url>> {
    if (name.empty()) return absl::NotFoundError("it has not come to an endpoint");
    ASSIGN_OR_RETURN(NetworkServiceEndpoint endpoint, FindByName(lookup, name));
    ASSIGN_OR_RETURN(Url url, Url::Parse(endpoint.url()));
    return std::vector<Url>{std::move(url)};
  };
  return next.Close(context, std::move(connection));
}

absl::StatusOr<NetworkServiceEndpoint> DiscoverEndpoint::FindByName(const Context& context,
                                                                    const std::string& name) const {
  ::registry::NetworkServiceEndpointQuery query;
  query.mutable_network_service_endpoint()->set_name(name);
  ASSIGN_OR_RETURN(Endpoints endpoints, find_endpoints_(context, query));
  // Registries may answer with more than was asked for.
  auto it = std::find_if(endpoints.begin(), endpoints.end(),
                         [&](const auto& found) { return found.name() == name; });
  if (it == endpoints.end()) {
    return absl::NotFoundError(absl::StrCat("network service endpoint \"", name, "\" is not registered"));
  }
  return *it;
}

absl::StatusOr<NetworkServiceEndpoint> DiscoverEndpoint::FindNamed(const Context& context,
                                                                   const Connection& connection) const {
  const std::string& name = connection.network_service_endpoint_name();
  ASSIGN_OR_RETURN(NetworkServiceEndpoint endpoint, FindByName(context, name));
  if (Offers(endpoint, connection.network_service())) return endpoint;
  return absl::NotFoundError(absl::StrCat(
      "network service endpoint \"", name, "\" does not offer network service \"",
      connection.network_service(), "\" but ", absl::StrJoin(endpoint.network_service_names(), ", ")));
}

absl::StatusOr<NetworkService> DiscoverEndpoint::FindService(const Context& context,
                                                             const Connection& connection) const {
  ::registry::NetworkServiceQuery query;
  query.mutable_network_service()->set_name(connection.network_service());
  query.mutable_network_service()->set_payload(connection.payload());
  ASSIGN_OR_RETURN(auto services, find_services_(context, query));
  auto it = std::find_if(services.begin(), services.end(),
                         [&](const auto& found) { return found.name() == connection.network_service(); });
  if (it == services.end()) {
    return absl::NotFoundError(
        absl::StrCat("network service \"", connection.network_service(), "\" is not found"));
  }
  return *it;
}

absl::StatusOr<DiscoverEndpoint::Endpoints> DiscoverEndpoint::Candidates(const Context& context,
                                                                         const NetworkService& service,
                                                                         const Connection& connection) const {
  ::registry::NetworkServiceEndpointQuery query;
  query.mutable_network_service_endpoint()->add_network_service_names(service.name());
  ASSIGN_OR_RETURN(Endpoints endpoints, find_endpoints_(context, query));
  // The registry takes out what has expired by its own clock; ours may be another domain's.
  absl::Duration expired = absl::ZeroDuration();
  std::erase_if(endpoints, [&](const NetworkServiceEndpoint& endpoint) {
    if (!endpoint.has_expiration_time()) return false;
    const absl::Duration since = clock_.Now() - FromTimestamp(endpoint.expiration_time());
    expired = std::max(expired, since);
    return since > kClockTolerance;
  });
  if (endpoints.empty()) {
    std::string why;
    if (expired > kClockTolerance) {
      why = absl::StrCat(" that lives: one that its registry still has expired ",
                         absl::FormatDuration(absl::Trunc(expired, absl::Seconds(1))),
                         " ago by our clock; do clocks differ?");
    }
    return absl::NotFoundError(absl::StrCat("network service \"", service.name(), "\" has no endpoint", why));
  }
  Endpoints selected = SelectEndpoints(service, connection.labels(), endpoints);
  if (selected.empty()) {
    return absl::NotFoundError(absl::StrCat("none of the ", endpoints.size(),
                                            " endpoints of network service \"", service.name(),
                                            "\" fits the client's labels"));
  }
  // The same order whoever answers first, so that the turns reach all.
  std::sort(selected.begin(), selected.end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
  return selected;
}

size_t DiscoverEndpoint::NextTurn(const std::string& service) {
  MutexLock lock(mutex_);
  return turns_[service]++;
}

}  // namespace nsm::forwarder
