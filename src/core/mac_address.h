// SPDX-License-Identifier: Apache-2.0
// An Ethernet address as a value.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>

#include "absl/strings/str_format.h"

namespace nsm {

struct MacAddress {
  std::string ToString() const {
    return absl::StrFormat("%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3], bytes[4],
                           bytes[5]);
  }
  std::array<uint8_t, 6> bytes{};
  auto operator<=>(const MacAddress&) const = default;
};

}  // namespace nsm
