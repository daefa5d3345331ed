// SPDX-License-Identifier: Apache-2.0
// Element of an endpoint: accepts KERNEL and names the namespace and the interface of its own side.
#pragma once

#include "src/core/ids.h"
#include "src/nsm/request/chain.h"

namespace nsm::endpoint {

// What the endpoint's side of every connection is.
struct OwnSide {
  NetnsInode netns;
  bool takes_default_route = false;  // where a client gives one
};

class AcceptKernel final : public Element {
 public:
  explicit AcceptKernel(const OwnSide& own) : own_(own) {}
  // An interface keeps its name over refreshes and over restarts of this process: without one in the request
  // it is made from the connection's id, which stays the same.
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;

 private:
  const OwnSide own_;
};

}  // namespace nsm::endpoint
