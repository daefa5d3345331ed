// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/ways_back.h"

#include <algorithm>

#include "src/core/default_prefix.h"

namespace nsm::dataplane {

std::vector<IpPrefix> WaysBack(const Attachment& attachment) {
  std::set<IpPrefix> prefixes;
  for (const Route& route : attachment.routes) {
    if (!CountsAsDefault(route.prefix)) prefixes.insert(route.prefix.Masked());
  }
  return {prefixes.begin(), prefixes.end()};
}

bool NeedsArrivalGuard(const Attachment& attachment) {
  return std::any_of(attachment.routes.begin(), attachment.routes.end(),
                     [](const Route& route) { return route.LeadsBeyond(); });
}

std::optional<WayTable::Change> WayTable::Add(Ifindex index, const Way& way) {
  if (!ways_[index].insert(way).second) return std::nullopt;
  std::vector<Ifindex>& leading = leading_[way];
  leading.push_back(index);
  if (leading.size() > 1) return std::nullopt;
  return Change{way, index};
}

std::optional<WayTable::Change> WayTable::Remove(Ifindex index, const Way& way) {
  auto ways = ways_.find(index);
  if (ways == ways_.end() || ways->second.erase(way) == 0) return std::nullopt;
  if (ways->second.empty()) ways_.erase(ways);
  auto leading = leading_.find(way);
  const bool had_it = leading->second.front() == index;
  std::erase(leading->second, index);
  if (leading->second.empty()) {
    leading_.erase(leading);
    return Change{way, std::nullopt};
  }
  if (!had_it) return std::nullopt;
  return Change{way, leading->second.front()};
}

std::vector<Way> WayTable::WaysOf(Ifindex index) const {
  auto ways = ways_.find(index);
  if (ways == ways_.end()) return {};
  return {ways->second.begin(), ways->second.end()};
}

std::vector<Ifindex> WayTable::Indexes() const {
  std::vector<Ifindex> indexes;
  for (const auto& [index, ways] : ways_) indexes.push_back(index);
  return indexes;
}

}  // namespace nsm::dataplane
