// SPDX-License-Identifier: Apache-2.0
// Element: what is below it sees the connection as this hop does, what is above as the caller does.
#pragma once

#include <string>

#include "src/nsm/request/chain.h"

namespace nsm {

class UpdatePath final : public Element {
 public:
  explicit UpdatePath(std::string name) : name_(std::move(name)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  const std::string name_;
};

}  // namespace nsm
