// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/mtu.h"

#include <algorithm>

#include "absl/strings/numbers.h"

namespace nsm {

uint32_t SmallerMtu(uint32_t a, uint32_t b) {
  if (a == 0 || b == 0) return std::max(a, b);
  return std::min(a, b);
}

uint32_t MtuOf(const Mechanism& mechanism) {
  uint32_t mtu = 0;
  return absl::SimpleAtoi(Parameter(mechanism, mechanism::kMtu), &mtu) ? mtu : 0;
}

}  // namespace nsm
