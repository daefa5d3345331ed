// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/find_target.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/find_all.h"

namespace nsm::proxy {
namespace {

// As long as the tokens that keep a connection alive.
constexpr absl::Duration kKnownFor = absl::Minutes(10);

}  // namespace

absl::StatusOr<Connection> FindTarget::Request(Context& context, NetworkServiceRequest request, Next next) {
  const std::string& endpoint = request.connection().network_service_endpoint_name();
  if (endpoint.empty()) {
    return absl::InvalidArgumentError("a request to another domain needs network_service_endpoint_name");
  }
  ASSIGN_OR_RETURN(context.next_hop, Find(context, endpoint));
  return next.Request(context, std::move(request));
}

absl::Status FindTarget::Close(Context& context, Connection connection, Next next) {
  const std::string& endpoint = connection.network_service_endpoint_name();
  // Where the connection was made, also if the endpoint has moved or gone since.
  std::optional<Url> known = Known(endpoint);
  absl::StatusOr<Url> url = known ? *known : LookUp(context, endpoint);
  // Where nobody can be told, the rest of the chain still frees what it has.
  if (url.ok()) {
    context.next_hop = *url;
  } else {
    spdlog::warn("close {}: endpoint {}: {}", connection.id(), endpoint, url.status().ToString());
  }
  return next.Close(context, std::move(connection));
}

absl::StatusOr<Url> FindTarget::Find(const Context& context, const std::string& endpoint) {
  absl::StatusOr<Url> url = LookUp(context, endpoint);
  if (url.ok()) {
    Remember(endpoint, *url);
    return url;
  }
  std::optional<Url> known = Known(endpoint);
  if (!known || absl::IsNotFound(url.status())) return url;
  spdlog::warn("endpoint {}: {}; using {}, where it was before", endpoint, url.status().ToString(),
               known->ToString());
  return *std::move(known);
}

void FindTarget::Remember(const std::string& endpoint, const Url& url) {
  const absl::Time now = clock_.Now();
  MutexLock lock(mutex_);
  std::erase_if(known_, [now](const auto& entry) { return now - entry.second.at > kKnownFor; });
  known_[endpoint] = {url, now};
}

std::optional<Url> FindTarget::Known(const std::string& endpoint) const {
  MutexLock lock(mutex_);
  auto it = known_.find(endpoint);
  if (it == known_.end() || clock_.Now() - it->second.at > kKnownFor) return std::nullopt;
  return it->second.url;
}

absl::StatusOr<Url> FindTarget::LookUp(const Context& context, const std::string& endpoint) const {
  Context lookup = context;
  // The other half is for the request itself.
  const absl::Time now = clock_.Now();
  lookup.deadline = now + (context.deadline - now) / 2;
  NetworkServiceEndpoint wanted;
  wanted.set_name(endpoint);
  ASSIGN_OR_RETURN(std::vector<NetworkServiceEndpoint> found, FindAll(endpoints_.Begin(), lookup, wanted));
  for (const NetworkServiceEndpoint& candidate : found) {
    if (candidate.name() == endpoint) return Url::Parse(candidate.url());
  }
  return absl::NotFoundError(absl::StrCat("endpoint ", endpoint, " is not registered in its domain"));
}

}  // namespace nsm::proxy
