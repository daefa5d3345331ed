// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/damage.h"

#include <algorithm>
#include <utility>

#include "src/dataplane/record.h"

namespace nsm::dataplane {
namespace {

// One deed is told of in several messages. What is hurt is whole within a second.
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Milliseconds(250);
constexpr absl::Duration kQuiet = absl::Seconds(2);  // after which it is another deed

}  // namespace

void Damage::Note(const netlink::NetworkEvents::News& news) {
  hurt_.node |= news.missed_some;
  hurt_.everything |= news.missed_some;
  for (Ifindex index : news.links_hurt) {
    if (IsOurs(index)) {
      hurt_.attachments.insert(HostIndex(index));
    } else {
      hurt_.node = true;
    }
  }
  for (Ifindex index : news.links_hurt_elsewhere) {
    if (IsOurs(index)) hurt_.attachments.insert(HostIndex(index));
  }
}

std::optional<absl::Duration> Damage::Left(absl::Duration now) const {
  if (!hurt_.node && !hurt_.everything && hurt_.attachments.empty()) return std::nullopt;
  return std::max(next_ - now, absl::ZeroDuration());
}

Damage::Hurt Damage::Take() { return std::exchange(hurt_, {}); }

void Damage::Repaired(bool was_damaged, absl::Duration now) {
  const bool goes_on = was_damaged && now < next_ + kQuiet;
  pause_ = goes_on ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
  next_ = now + pause_;
}

}  // namespace nsm::dataplane
