// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/find_target.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/own_domains.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/wire/interdomain_name.h"

namespace nsm::proxy {
namespace {

// As long as tokens, and so connections without a refresh, live by default.
constexpr absl::Duration kKnownFor = absl::Minutes(10);

const absl::Status& StatusOf(const absl::Status& status) { return status; }
const absl::Status& StatusOf(const absl::StatusOr<Connection>& connection) { return connection.status(); }

bool IsUnreached(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

// Makes one URL after the other the next hop of `call(message)`, until it is reached. Each has its share of
// the time, and an error has what all of them said.
template <typename Message, typename Call>
auto TryEach(Context& context, const std::vector<Url>& urls, const Clock& clock, Message message,
             const Call& call) -> decltype(call(std::move(message))) {
  const absl::Time deadline = context.deadline;
  std::vector<std::string> errors;
  for (size_t i = 0;; ++i) {
    const absl::Time now = clock.Now();
    context.next_hop = urls[i];
    context.deadline = now + (deadline - now) / static_cast<int64_t>(urls.size() - i);
    const bool is_last = i + 1 == urls.size();
    auto result = call(is_last ? std::move(message) : message);
    if (result.ok()) return result;
    errors.push_back(std::string(StatusOf(result).message()));
    if (!is_last && IsUnreached(StatusOf(result))) continue;
    return absl::Status(StatusOf(result).code(), absl::StrJoin(errors, "; "));
  }
}

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
  const std::string endpoint = connection.network_service_endpoint_name();
  // Where the connection was made, also if the endpoint has moved or gone since.
  std::optional<Url> known = Known(endpoint);
  absl::StatusOr<std::vector<Url>> urls = known ? std::vector<Url>{*known} : LookUp(context, endpoint);
  // Where nobody can be told, the rest of the chain still frees what it has.
  if (!urls.ok()) {
    spdlog::warn("close {}: endpoint {}: {}", connection.id(), endpoint, urls.status().ToString());
    return next.Close(context, std::move(connection));
  }
  return TryEach(context, *urls, clock_, std::move(connection),
                 [&](Connection closed) { return next.Close(context, std::move(closed)); });
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
