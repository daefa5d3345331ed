// SPDX-License-Identifier: Apache-2.0
#include "src/client/patience.h"

#include <algorithm>

namespace nsm::client {
namespace {

constexpr absl::Duration kLongestStay = absl::Minutes(1);

// After so many that were given up: the first goes at once, then 1 s, 2 s, 4 s, ...
absl::Duration Stay(int given_up) {
  if (given_up == 0) return absl::ZeroDuration();
  return given_up > 6 ? kLongestStay : std::min(absl::Seconds(1 << (given_up - 1)), kLongestStay);
}

}  // namespace

void Patience::Note(Packets packets, absl::Duration now) {
  packets_ = packets;
  if (packets == Packets::kComeThrough) {
    have_come_through_ = true;
    given_up_ = 0;
    ends_ = absl::InfiniteDuration();
  } else if (packets == Packets::kStopped || (packets == Packets::kNeverCame && have_come_through_)) {
    ends_ = now + Stay(given_up_);
  }
}

bool Patience::TakeEnd(absl::Duration now) {
  if (now < ends_) return false;
  ends_ = absl::InfiniteDuration();
  return true;
}

}  // namespace nsm::client
