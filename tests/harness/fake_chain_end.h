// SPDX-License-Identifier: Apache-2.0
// The end of a chain in tests: keeps what arrives and answers as told.
#pragma once

#include <functional>
#include <vector>

#include "src/nsm/chain.h"

namespace nsm {

class FakeChainEnd final : public Element {
 public:
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next) override {
    contexts.push_back(context);
    requests.push_back(request);
    Connection connection = request.connection();
    if (answer) answer(connection);
    return connection;
  }
  absl::Status Close(Context& context, Connection connection, Next) override {
    contexts.push_back(context);
    closes.push_back(std::move(connection));
    return absl::OkStatus();
  }

  // Makes the answer out of the request's connection.
  std::function<void(Connection&)> answer;
  std::vector<Context> contexts;
  std::vector<NetworkServiceRequest> requests;
  std::vector<Connection> closes;
};

}  // namespace nsm
