// SPDX-License-Identifier: Apache-2.0
#include "src/core/fingerprint.h"

#include "absl/numeric/int128.h"
#include "absl/strings/str_format.h"

namespace nsm {

std::string Fingerprint(absl::string_view text) {
  constexpr absl::uint128 kPrime = absl::MakeUint128(1ull << 24, 0x13b);
  absl::uint128 hash = absl::MakeUint128(0x6c62272e07bb0142ull, 0x62b821756295c58dull);
  for (unsigned char c : text) hash = (hash ^ c) * kPrime;
  return absl::StrFormat("%016x%016x", absl::Uint128High64(hash), absl::Uint128Low64(hash));
}

std::string Shortened(absl::string_view text, size_t most) {
  return text.size() <= most ? std::string(text) : Fingerprint(text);
}

}  // namespace nsm
