// SPDX-License-Identifier: Apache-2.0
// The rule for what a guarded pod may send, from the words of bpf/guard.h and not from the program below
// them.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/core/ip_address.h"

namespace nsm::dataplane {

struct GuardRule {
  std::vector<IpPrefix> allowed;
  bool takes_arp = true;  // payload ETHERNET

  struct Verdict {
    bool passes = false;
    std::string counted;  // empty: nothing
  };
  Verdict Judge(std::span<const uint8_t> frame) const;
};

}  // namespace nsm::dataplane
