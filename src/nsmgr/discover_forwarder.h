// SPDX-License-Identifier: Apache-2.0
// Element: finds this node's forwarder for a connection and makes it the next hop.
#pragma once

#include <functional>
#include <vector>

#include "src/core/clock.h"
#include "src/nsm/request/chain.h"

namespace nsm::nsmgr {

// The forwarder that a connection had before (the next segment of its path) is asked again as long as it is
// registered; where there is nobody any more, after RESELECT_REQUESTED, and for new connections, all that fit
// are tried in turn, each with its share of the time. A Close whose forwarder is not registered any more goes
// to one that is, which may be the same under another name.
class DiscoverForwarder final : public Element {
 public:
  using Forwarders = std::function<std::vector<NetworkServiceEndpoint>()>;
  // Looks a service up in the registry; NOT_FOUND if it is in none.
  using FindService =
      std::function<absl::StatusOr<NetworkService>(const Context& context, const std::string& name)>;

  DiscoverForwarder(Forwarders forwarders, FindService find_service, const Clock& clock)
      : forwarders_(std::move(forwarders)), find_service_(std::move(find_service)), clock_(clock) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  using Endpoints = std::vector<NetworkServiceEndpoint>;
  // All that fit, the one named `before` left out.
  absl::StatusOr<Endpoints> Candidates(const Context& context, const Connection& connection,
                                       const std::string& before) const;
  absl::StatusOr<std::vector<Url>> FindForClose(const std::string& before) const;

  const Forwarders forwarders_;
  const FindService find_service_;
  const Clock& clock_;
};

}  // namespace nsm::nsmgr
