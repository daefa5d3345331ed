// SPDX-License-Identifier: Apache-2.0
// What somebody has hurt and when to put it back: the first at once, what goes on being hurt less and less
// often, so that neither a quarrel nor something that cannot be put back takes a processor.
//
// The kernel tells of a link that goes down before it takes away what the link had, and of IPv4 routes that
// it takes away then not at all: what was damaged is looked at once more.
//
// Threading: not thread safe. Times are of a clock that nobody can set.
#pragma once

#include <optional>
#include <set>

#include "absl/time/time.h"
#include "src/core/ids.h"
#include "src/netlink/network_events.h"

namespace nsm::dataplane {

class Damage {
 public:
  struct Hurt {
    bool node = false;              // its guards or its VXLAN device
    bool everything = false;        // any attachment: some news was missed
    std::set<Ifindex> attachments;  // by their host ends
  };

  // What the news tells of our attachments, in whichever namespace, and of the node.
  void Note(const netlink::NetworkEvents::News& news);
  // How long until something is due; none: nothing is hurt.
  std::optional<absl::Duration> Left(absl::Duration now) const;
  // What is due. Afterwards Repaired has to be told.
  Hurt Take();
  // `taken` was looked at, and whether there was something to put back; the next repair has to wait.
  void Repaired(const Hurt& taken, bool was_damaged, absl::Duration now);

 private:
  Hurt hurt_;
  bool is_news_ = false;  // what is due was told of, and is no second look
  bool was_news_taken_ = false;
  absl::Duration pause_;
  absl::Duration next_ = -absl::InfiniteDuration();
  absl::Duration last_damage_ = -absl::InfiniteDuration();
};

}  // namespace nsm::dataplane
