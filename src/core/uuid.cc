// SPDX-License-Identifier: Apache-2.0
#include "src/core/uuid.h"

#include <array>
#include <cstdint>
#include <cstdlib>

#include <sys/random.h>

#include "absl/strings/str_format.h"

namespace nsm {

std::string NewUuid() {
  std::array<uint8_t, 16> b;
  // Small reads from getrandom cannot fail or come short once the kernel's pool is ready.
  if (::getrandom(b.data(), b.size(), 0) != static_cast<ssize_t>(b.size())) std::abort();
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  return absl::StrFormat("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0], b[1],
                         b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
                         b[15]);
}

}  // namespace nsm
