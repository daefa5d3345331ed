// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/discover_forwarder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/request/try_each.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/selection.h"

namespace nsm::nsmgr {
namespace {

using Endpoints = std::vector<NetworkServiceEndpoint>;

Endpoints::const_iterator FindByName(const Endpoints& endpoints, const std::string& name) {
  return std::find_if(endpoints.begin(), endpoints.end(),
                      [&](const auto& endpoint) { return endpoint.name() == name; });
}

std::string NameOf(const PathSegment* segment) { return segment == nullptr ? "" : segment->name(); }

}  // namespace

absl::StatusOr<Endpoints> DiscoverForwarder::Candidates(const Context& context, const Connection& connection,
                                                        const std::string& before) const {
  Endpoints all = forwarders_();
  std::erase_if(all, [&](const auto& forwarder) { return forwarder.name() == before; });
  if (all.empty() && !before.empty()) return all;
  ASSIGN_OR_RETURN(NetworkService service, find_service_(context, connection.network_service()));
  if (all.empty()) return absl::UnavailableError("no forwarder is registered with this NSMgr");
  if (!IsForClient(service, connection.labels())) {
    return absl::NotFoundError(
        absl::StrCat("no match of network service \"", service.name(), "\" fits the client's labels"));
  }
  Endpoints selected = SelectForwarders(service, connection.labels(), all);
  if (selected.empty()) {
    return absl::NotFoundError(absl::StrCat("none of the ", all.size(),
                                            " forwarders of this node has the labels that network service \"",
                                            service.name(), "\" asks for"));
  }
  return selected;
}

absl::StatusOr<Connection> DiscoverForwarder::Request(Context& context, NetworkServiceRequest request,
                                                      Next next) {
  absl::Status failed;
  std::string before;
  if (request.connection().state() != ::connection::RESELECT_REQUESTED) {
    const Endpoints all = forwarders_();
    auto known = FindByName(all, NameOf(NextSegment(request.connection())));
    if (known != all.end()) {
      before = known->name();
      absl::StatusOr<Connection> connection = RequestAt(*known, context, request, next);
      if (connection.ok() || context.is_reached) return connection;
      failed = connection.status();
    }
  }
  absl::StatusOr<Endpoints> candidates = Candidates(context, request.connection(), before);
  if (!candidates.ok()) return before.empty() ? candidates.status() : failed;
  if (candidates->empty()) return failed;
  auto ask = [&](const NetworkServiceEndpoint& forwarder, bool is_last) {
    return RequestAt(forwarder, context, is_last ? std::move(request) : request, next);
  };
  return AskInTurn(context, clock_, *candidates, ask);
}

absl::Status DiscoverForwarder::Close(Context& context, Connection connection, Next next) {
  context.find_next_hop = [this, before = NameOf(NextSegment(connection))](const Context&) {
    return FindForClose(before);
  };
  return next.Close(context, std::move(connection));
}

absl::StatusOr<std::vector<Url>> DiscoverForwarder::FindForClose(const std::string& before) const {
  if (before.empty()) return absl::NotFoundError("it has not come to a forwarder");
  const Endpoints all = forwarders_();
  auto known = FindByName(all, before);
  std::vector<Url> urls;
  for (const NetworkServiceEndpoint& forwarder : known != all.end() ? Endpoints{*known} : all) {
    ASSIGN_OR_RETURN(Url url, Url::Parse(forwarder.url()));
    urls.push_back(std::move(url));
  }
  if (urls.empty()) return absl::NotFoundError("no forwarder is registered with this NSMgr");
  return urls;
}

}  // namespace nsm::nsmgr
