// SPDX-License-Identifier: Apache-2.0
// A scripted last element of a chain, and connections to send there.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/nsm/request/chain.h"

namespace nsm {

// Keeps what arrives; answers as `answer` and `close_answer` say, else with the request's connection and OK.
class ChainEnd final : public Element {
 public:
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next) override {
    contexts.push_back(context);
    requests.push_back(request);
    if (answer) return answer(request.connection());
    return request.connection();
  }
  absl::Status Close(Context& context, Connection connection, Next) override {
    contexts.push_back(context);
    closes.push_back(std::move(connection));
    return close_answer;
  }

  std::function<absl::StatusOr<Connection>(Connection)> answer;
  absl::Status close_answer;
  std::vector<Context> contexts;
  std::vector<NetworkServiceRequest> requests;
  std::vector<Connection> closes;
};

// As the hop at `index` sees it: a segment for each hop, whose id is "<hop>-id".
inline Connection ConnectionThrough(const std::vector<std::string>& hops, uint32_t index) {
  Connection connection;
  for (const std::string& hop : hops) {
    PathSegment& segment = *connection.mutable_path()->add_path_segments();
    segment.set_name(hop);
    segment.set_id(hop + "-id");
  }
  connection.mutable_path()->set_index(index);
  connection.set_id(hops.at(index) + "-id");
  return connection;
}

inline NetworkServiceRequest RequestFor(Connection connection) {
  NetworkServiceRequest request;
  *request.mutable_connection() = std::move(connection);
  return request;
}

}  // namespace nsm
