// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/find_target.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/request/try_each.h"
#include "src/nsm/wire/interdomain_name.h"

namespace nsm::proxy {
namespace {

// As long as tokens, and so connections without a refresh, live by default.
constexpr absl::Duration kKnownFor = absl::Minutes(10);

}  // namespace

absl::StatusOr<Connection> FindTarget::Request(Context& context, NetworkServiceRequest request, Next next) {
  const std::string endpoint = request.connection().network_service_endpoint_name();
  if (endpoint.empty()) {
    return absl::InvalidArgumentError("a request to another domain needs network_service_endpoint_name");
  }
  ASSIGN_OR_RETURN(std::vector<Url> urls, Find(context, endpoint));
  auto ask = [&](NetworkServiceRequest asked) -> absl::StatusOr<Connection> {
    ASSIGN_OR_RETURN(Connection connection, next.Request(context, std::move(asked)));
    Remember(endpoint, *context.next_hop);
    return connection;
  };
  return TryEach(context, urls, clock_, std::move(request), ask);
}

absl::Status FindTarget::Close(Context& context, Connection connection, Next next) {
  context.find_next_hop = [this, endpoint = connection.network_service_endpoint_name()](
                              const Context& lookup) { return Find(lookup, endpoint); };
  return next.Close(context, std::move(connection));
}

absl::StatusOr<std::vector<Url>> FindTarget::Find(const Context& context, const std::string& endpoint) const {
  absl::StatusOr<std::vector<Url>> urls = LookUp(context, endpoint);
  std::optional<Url> known = Known(endpoint);
  if (!known || absl::IsNotFound(urls.status())) return urls;
  if (!urls.ok()) {
    spdlog::warn("endpoint {}: {}; using {}, where it was before", endpoint, urls.status().ToString(),
                 known->ToString());
    return std::vector<Url>{*known};
  }
  // The one that was reached before comes first.
  std::stable_partition(urls->begin(), urls->end(), [&](const Url& url) { return url == *known; });
  return urls;
}

void FindTarget::Remember(const std::string& endpoint, const Url& url) {
  const absl::Duration now = clock_.Elapsed();
  MutexLock lock(mutex_);
  std::erase_if(known_, [now](const auto& entry) { return now - entry.second.at > kKnownFor; });
  known_[endpoint] = {url, now};
}

std::optional<Url> FindTarget::Known(const std::string& endpoint) const {
  MutexLock lock(mutex_);
  auto it = known_.find(endpoint);
  if (it == known_.end() || clock_.Elapsed() - it->second.at > kKnownFor) return std::nullopt;
  return it->second.url;
}

absl::StatusOr<std::vector<Url>> FindTarget::LookUp(const Context& context,
                                                    const std::string& endpoint) const {
  const absl::Time now = clock_.Now();
  std::vector<Url> proxies = ProxiesOf(endpoint, now + (context.deadline - now) / 4);
  if (!proxies.empty()) return proxies;
  Context lookup = context;
  // The other half is for the request itself.
  lookup.deadline = now + (context.deadline - now) / 2;
  NetworkServiceEndpoint wanted;
  wanted.set_name(endpoint);
  ASSIGN_OR_RETURN(std::vector<NetworkServiceEndpoint> found, FindAll(endpoints_.Begin(), lookup, wanted));
  for (const NetworkServiceEndpoint& candidate : found) {
    if (candidate.name() != endpoint) continue;
    ASSIGN_OR_RETURN(Url url, Url::Parse(candidate.url()));
    return std::vector<Url>{std::move(url)};
  }
  return absl::NotFoundError(absl::StrCat("endpoint ", endpoint, " is not registered in its domain"));
}

std::vector<Url> FindTarget::ProxiesOf(const std::string& endpoint, absl::Time deadline) const {
  auto name = InterdomainName::Split(endpoint);
  if (!name) return {};
  auto urls = resolver_.FindProxyNsmgr(name->domain, deadline);
  if (urls.ok()) return *std::move(urls);
  // The registry's URL may still do.
  if (!absl::IsNotFound(urls.status())) spdlog::warn("proxy NSMgr: {}", urls.status().ToString());
  return {};
}

}  // namespace nsm::proxy
