// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/discover_forwarder.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/selection.h"

namespace nsm::nsmgr {
namespace {

using Endpoints = std::vector<NetworkServiceEndpoint>;

Endpoints::const_iterator FindByName(const Endpoints& endpoints, const PathSegment* segment) {
  return segment == nullptr ? endpoints.end()
                            : std::find_if(endpoints.begin(), endpoints.end(), [&](const auto& endpoint) {
                                return endpoint.name() == segment->name();
                              });
}

}  // namespace

absl::StatusOr<Endpoints> DiscoverForwarder::Candidates(const Context& context,
                                                        const Connection& connection) const {
  Endpoints all = forwarders_();
  if (connection.state() != ::connection::RESELECT_REQUESTED) {
    auto before = FindByName(all, NextSegment(connection));
    if (before != all.end()) return Endpoints{*before};
  }
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
  ASSIGN_OR_RETURN(Endpoints candidates, Candidates(context, request.connection()));
  absl::Status failed;
  const absl::Time deadline = context.deadline;
  for (size_t i = 0; i < candidates.size(); ++i) {
    ASSIGN_OR_RETURN(context.next_hop, Url::Parse(candidates[i].url()));
    context.deadline = ShareOfDeadline(deadline, clock_.Now(), candidates.size() - i);
    const bool is_last = i + 1 == candidates.size();
    absl::StatusOr<Connection> connection = next.Request(context, is_last ? std::move(request) : request);
    if (connection.ok()) return connection;
    failed = connection.status();
    if (clock_.Now() >= deadline) break;
  }
  return failed;
}

absl::Status DiscoverForwarder::Close(Context& context, Connection connection, Next next) {
  Endpoints all = forwarders_();
  auto forwarder = FindByName(all, NextSegment(connection));
  if (forwarder != all.end()) {
    ASSIGN_OR_RETURN(context.next_hop, Url::Parse(forwarder->url()));
  }
  return next.Close(context, std::move(connection));
}

}  // namespace nsm::nsmgr
