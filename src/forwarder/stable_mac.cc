// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/stable_mac.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "src/core/fingerprint.h"

namespace nsm::forwarder {

void UseStableMac(const Path& path, Side side, dataplane::Attachment& attachment) {
  const std::string bytes =
      absl::HexStringToBytes(Fingerprint(absl::StrCat(path.path_segments(0).id(), "/", path.index())));
  MacAddress mac;
  std::copy_n(bytes.begin(), mac.bytes.size(), mac.bytes.begin());
  mac.bytes[0] = static_cast<uint8_t>((mac.bytes[0] & ~1) | 2);  // unicast, locally administered
  mac.bytes[5] = static_cast<uint8_t>((mac.bytes[5] & ~1) | (side == Side::kEndpoint ? 1 : 0));
  attachment.mac = mac;
  attachment.keeps_first_mac = true;
}

}  // namespace nsm::forwarder
