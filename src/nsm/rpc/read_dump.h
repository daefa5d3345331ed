// SPDX-License-Identifier: Apache-2.0
// Reads what a running program holds: the other end of Introspection.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "nlohmann/json.hpp"

namespace nsm {

// Tells each value as it comes, until all are there. A section that comes again is a list of which these are
// further rows. Without `sections`: all.
absl::Status ReadDump(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext& call,
                      const std::vector<std::string>& sections,
                      const std::function<void(const std::string& section, nlohmann::json value)>& tell);

}  // namespace nsm
