// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/native_sidecars.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace nsm::webhook {
namespace {

constexpr int kMajor = 1;
constexpr int kMinor = 29;

}  // namespace

absl::StatusOr<bool> HasNativeSidecars(const Json& version) {
  const std::string major_text = TextOf(version, "major"), minor_text = TextOf(version, "minor");
  int major = 0, minor = 0;
  // Clouds say "29+".
  if (!absl::SimpleAtoi(major_text, &major) ||
      !absl::SimpleAtoi(absl::StripSuffix(minor_text, "+"), &minor)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the API server says version \"", major_text, ".", minor_text, "\""));
  }
  return major > kMajor || (major == kMajor && minor >= kMinor);
}

}  // namespace nsm::webhook
