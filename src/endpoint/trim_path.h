// SPDX-License-Identifier: Apache-2.0
// Element of the last hop: nothing of an older path stays behind it.
#pragma once

#include "src/nsm/request/chain.h"

namespace nsm::endpoint {

class TrimPath final : public Element {
 public:
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    Path& path = *request.mutable_connection()->mutable_path();
    int keep = static_cast<int>(path.index()) + 1;
    path.mutable_path_segments()->DeleteSubrange(keep, path.path_segments_size() - keep);
    return next.Request(context, std::move(request));
  }
};

}  // namespace nsm::endpoint
