// SPDX-License-Identifier: Apache-2.0
// Random frames that are near to what the guard decides about: well-formed ones of every kind, most of them
// spoiled a little. The same seed makes the same frame on every machine.
#pragma once

#include <cstdint>
#include <vector>

namespace nsm::dataplane {

// Has a whole IP header if its type says IP: the kernel makes test runs of no others.
std::vector<uint8_t> RandomFrame(uint64_t seed);

}  // namespace nsm::dataplane
