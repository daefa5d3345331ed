// SPDX-License-Identifier: Apache-2.0
// By which connection of a pod an address is reached, so that nothing comes from there by another one.
//
// The other end of a connection may send from all that it leads to (claims.h). Where that is more than its
// own addresses, it could speak for the peer of another connection of the pod, or for what is behind that
// one: a default route leads there, too. So each connection notes what it leads to, and at the pod's end of
// those that lead beyond their peers the arrival guard drops what comes from where another one leads. A
// default route is noted by nobody: it stands in nobody's way.
//
// The pod's own networks are not judged here: which they are is for the pod to say, and may change at any
// time.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <vector>

#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/dataplane/cross_connect.h"

namespace nsm::dataplane {

// The prefixes that a connection leads to, masked, each once.
std::vector<IpPrefix> WaysBack(const Attachment& attachment);
// Whether the other end may send from more than its own addresses.
bool NeedsArrivalGuard(const Attachment& attachment);

// A prefix as a pod sees it.
struct Way {
  NetnsCookie pod;
  IpPrefix prefix;
  auto operator<=>(const Way&) const = default;
};

// Which attachment has which way. Of several that lead to the same prefix the first one has it, so that a
// later one cannot take it away; when that one lets go, the next one has it.
class WayTable {
 public:
  // Who has a way from now on; nobody.
  struct Change {
    Way way;
    std::optional<Ifindex> owner;
    bool operator==(const Change&) const = default;
  };

  // What changes; nothing if somebody has it.
  std::optional<Change> Add(Ifindex index, const Way& way);
  std::optional<Change> Remove(Ifindex index, const Way& way);
  // Those that an attachment leads to, whether or not it has them.
  std::vector<Way> WaysOf(Ifindex index) const;
  std::vector<Ifindex> Indexes() const;

 private:
  std::map<Way, std::vector<Ifindex>> leading_;  // in the order in which they came
  std::map<Ifindex, std::set<Way>> ways_;
};

}  // namespace nsm::dataplane
