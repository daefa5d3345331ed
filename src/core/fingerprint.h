// SPDX-License-Identifier: Apache-2.0
// A short stand-in for a text, the same in every process and version.
#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace nsm {

// 32 hexadecimal digits: the 128-bit FNV-1a hash (draft-eastlake-fnv). Tells texts apart that differ by
// chance; whoever wants to can make two of one fingerprint.
std::string Fingerprint(absl::string_view text);

// The text itself where it has at most `most` bytes, which are 32 or more; else its fingerprint.
std::string Shortened(absl::string_view text, size_t most);

}  // namespace nsm
