// SPDX-License-Identifier: Apache-2.0
// A sink that changes or drops what passes through it, for elements that translate the answers of a Find.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "src/nsm/registry/registry_chain.h"

namespace nsm {

template <typename Kind>
class MappingSink final : public FindSink<Kind> {
 public:
  // Changes a response; false drops it. Called on any thread, one call at a time.
  using Function = std::function<bool(typename Kind::Response&)>;
  MappingSink(std::shared_ptr<FindSink<Kind>> sink, Function function)
      : sink_(std::move(sink)), function_(std::move(function)) {}

  void OnFound(typename Kind::Response response) override {
    if (function_(response)) sink_->OnFound(std::move(response));
  }
  void OnDone(absl::Status status) override { sink_->OnDone(std::move(status)); }

 private:
  const std::shared_ptr<FindSink<Kind>> sink_;
  const Function function_;
};

}  // namespace nsm
