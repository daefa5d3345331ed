// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/backoff.h"

#include <algorithm>

namespace nsm::kubernetes {

absl::Duration Backoff::Next() {
  const absl::Duration whole = next_;
  next_ = std::min(2 * next_, options_.longest);
  return whole * std::uniform_real_distribution<double>(0.5, 1)(random_);
}

}  // namespace nsm::kubernetes
