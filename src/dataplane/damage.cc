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
  is_news_ |= news.missed_some || !news.links_hurt.empty() || !news.links_hurt_elsewhere.empty();
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

Damage::Hurt Damage::Take() {
  was_news_taken_ = std::exchange(is_news_, false);
  return std::exchange(hurt_, {});
}

void Damage::Repaired(const Hurt& taken, bool was_damaged, absl::Duration now) {
  if (was_damaged && was_news_taken_) {
    hurt_.everything |= taken.everything;
    hurt_.attachments.insert(taken.attachments.begin(), taken.attachments.end());
  }
  const bool goes_on = now < last_damage_ + kQuiet;
  if (!goes_on) {
    pause_ = kFirstPause;
  } else if (was_damaged) {
    pause_ = std::min(pause_ * 2, kLongestPause);
  }
  if (was_damaged) last_damage_ = now;
  next_ = now + pause_;
}

}  // namespace nsm::dataplane
