// SPDX-License-Identifier: Apache-2.0
// A search that has ended before it began.
#pragma once

#include <memory>
#include <utility>

#include "src/nsm/registry_chain.h"

namespace nsm {

template <typename Kind>
std::shared_ptr<FindCall> EndFind(FindSink<Kind>& sink, absl::Status status) {
  struct Ended final : FindCall {
    void Cancel() override {}
  };
  sink.OnDone(std::move(status));
  return std::make_shared<Ended>();
}

}  // namespace nsm
