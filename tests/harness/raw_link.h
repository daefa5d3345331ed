// SPDX-License-Identifier: Apache-2.0
// A link as its driver sees it: frames sent and received as bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/core/unique_fd.h"
#include "tests/harness/netns.h"

namespace nsm::testing {

class RawLink {
 public:
  // In the namespace, which it keeps alive.
  RawLink(const TestNetns& netns, const std::string& link);

  void Send(const std::vector<uint8_t>& frame) const;
  // The next one that is wanted, of those that came since it was opened; none: not within two seconds.
  std::optional<std::vector<uint8_t>> Receive(
      const std::function<bool(const std::vector<uint8_t>&)>& is_wanted) const;

 private:
  UniqueFd fd_;
};

}  // namespace nsm::testing
