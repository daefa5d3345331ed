// SPDX-License-Identifier: Apache-2.0
// Element: "service@own-domain" and "endpoint@own-domain" are plain names behind it, and have their domain
// again in the answer. Names of other domains pass as they are.
#pragma once

#include "src/nsm/config/own_domains.h"
#include "src/nsm/request/chain.h"

namespace nsm {

class StripOwnDomain final : public Element {
 public:
  explicit StripOwnDomain(const OwnDomains& own) : own_(own) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  // The domain that was taken off; empty where there was none.
  std::string Strip(Connection& connection) const;

  const OwnDomains& own_;
};

}  // namespace nsm
