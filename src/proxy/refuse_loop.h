// SPDX-License-Identifier: Apache-2.0
// Element: a Request that has been at this proxy before would come again and again.
#pragma once

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "src/nsm/request/chain.h"

namespace nsm::proxy {

// Stands in front of UpdatePath. FAILED_PRECONDITION where a segment before the caller's has our name: a
// domain that leads to our own one and is not known as such.
class RefuseLoop final : public Element {
 public:
  explicit RefuseLoop(std::string name) : name_(std::move(name)) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
    const auto& segments = request.connection().path().path_segments();
    const int before = std::min<int>(static_cast<int>(request.connection().path().index()), segments.size());
    auto is_ours = [this](const PathSegment& segment) { return segment.name() == name_; };
    if (std::none_of(segments.begin(), segments.begin() + before, is_ours)) {
      return next.Request(context, std::move(request));
    }
    return absl::FailedPreconditionError(absl::StrCat(
        "the request for ", request.connection().network_service(),
        " has come back: that domain is our own; name it in --domain of registry, NSMgrs and proxies"));
  }

 private:
  const std::string name_;
};

}  // namespace nsm::proxy
