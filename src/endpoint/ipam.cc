// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/ipam.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "src/core/status_macros.h"

namespace nsm::endpoint {
namespace {

std::optional<IpAddress> Successor(const IpAddress& address) {
  std::vector<uint8_t> bytes(address.bytes().begin(), address.bytes().end());
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    if (++*byte != 0) return *IpAddress::FromBytes(bytes);
  }
  return std::nullopt;
}

using PrefixIterator = std::vector<IpPrefix>::const_iterator;

PrefixIterator FindContaining(const IpAddress& address, const std::vector<IpPrefix>& prefixes) {
  return std::find_if(prefixes.begin(), prefixes.end(),
                      [&](const IpPrefix& prefix) { return prefix.Contains(address); });
}

bool IsIn(const IpAddress& address, const std::vector<IpPrefix>& prefixes) {
  return FindContaining(address, prefixes) != prefixes.end();
}

absl::StatusOr<PrefixGroup> ParseGroup(absl::string_view text) {
  PrefixGroup group;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    ASSIGN_OR_RETURN(IpPrefix prefix, IpPrefix::Parse(absl::StripAsciiWhitespace(part)));
    group.push_back(prefix.Masked());
  }
  return group;
}

}  // namespace

absl::StatusOr<std::vector<PrefixGroup>> ParsePrefixGroups(const std::string& text) {
  std::vector<PrefixGroup> groups;
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  while (!rest.empty()) {
    absl::string_view part;
    if (absl::ConsumePrefix(&rest, "[")) {
      size_t close = rest.find(']');
      if (close == absl::string_view::npos) {
        return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": the bracket is not closed"));
      }
      part = rest.substr(0, close);
      rest.remove_prefix(close + 1);
    } else {
      part = rest.substr(0, rest.find(','));
      rest.remove_prefix(part.size());
    }
    ASSIGN_OR_RETURN(PrefixGroup group, ParseGroup(part));
    groups.push_back(std::move(group));
    rest = absl::StripAsciiWhitespace(rest);
    if (!rest.empty() && !absl::ConsumePrefix(&rest, ",")) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", text, "\": expected a comma before \"", rest, "\""));
    }
  }
  if (groups.empty()) return absl::InvalidArgumentError("no prefix is given: expected PREFIX[,PREFIX...]");
  return groups;
}

absl::StatusOr<std::vector<AddressPair>> Ipam::Allocate(const std::string& id,
                                                        const std::vector<AddressPair>& wanted,
                                                        const std::vector<IpPrefix>& excluded) {
  MutexLock lock(mutex_);
  auto known = pairs_.find(id);
  if (known != pairs_.end()) {
    bool is_excluded = std::any_of(known->second.begin(), known->second.end(), [&](const AddressPair& pair) {
      return IsIn(pair.client, excluded) || IsIn(pair.endpoint, excluded);
    });
    if (!is_excluded) return known->second;
  }
  // What it has is free to it, so that only excluded addresses change.
  const std::vector<AddressPair> before = known == pairs_.end() ? std::vector<AddressPair>{} : known->second;
  std::vector<AddressPair> preferred = before;
  preferred.insert(preferred.end(), wanted.begin(), wanted.end());
  SetTaken(before, false);
  std::vector<AddressPair> pairs;
  for (const PrefixGroup& group : groups_) {
    absl::StatusOr<AddressPair> pair = AllocateIn(group, preferred, excluded);
    if (!pair.ok()) {
      SetTaken(pairs, false);
      SetTaken(before, true);
      return pair.status();
    }
    SetTaken({*pair}, true);
    pairs.push_back(*pair);
  }
  pairs_[id] = pairs;
  return pairs;
}

absl::StatusOr<AddressPair> Ipam::AllocateIn(const PrefixGroup& group, const std::vector<AddressPair>& wanted,
                                             const std::vector<IpPrefix>& excluded) {
  auto is_free = [&](const IpAddress& address) REQUIRES(mutex_) {
    return IsIn(address, group) && !IsIn(address, excluded) && !taken_.contains(address);
  };
  for (const AddressPair& pair : wanted) {
    if (pair.client != pair.endpoint && is_free(pair.endpoint) && is_free(pair.client)) return pair;
  }
  for (const IpPrefix& prefix : group) {
    IpAddress& begin = begin_.try_emplace(prefix, prefix.address()).first->second;
    for (std::optional<IpAddress> next; taken_.contains(begin) && (next = Successor(begin));) begin = *next;
    std::optional<IpAddress> first;
    for (std::optional<IpAddress> address = begin; address && prefix.Contains(*address);
         address = Successor(*address)) {
      // In one step: counting through an excluded IPv6 prefix would take for ever.
      if (auto in = FindContaining(*address, excluded); in != excluded.end()) address = in->Last();
      if (!is_free(*address) || reserved_.contains(*address)) continue;
      if (first) return AddressPair{.endpoint = *first, .client = *address};
      first = address;
    }
  }
  auto print = [](std::string* out, const IpPrefix& prefix) { out->append(prefix.ToString()); };
  return absl::ResourceExhaustedError(
      absl::StrCat("no two addresses are free in ", absl::StrJoin(group, ", ", print)));
}

void Ipam::Reserve(const std::set<IpAddress>& addresses) {
  MutexLock lock(mutex_);
  reserved_.insert(addresses.begin(), addresses.end());
}

void Ipam::EndReservation() {
  MutexLock lock(mutex_);
  reserved_.clear();
}

void Ipam::Free(const std::string& id) {
  MutexLock lock(mutex_);
  auto known = pairs_.find(id);
  if (known == pairs_.end()) return;
  SetTaken(known->second, false);
  pairs_.erase(known);
}

bool Ipam::Knows(const std::string& id) const {
  MutexLock lock(mutex_);
  return pairs_.contains(id);
}

bool Ipam::IsOurs(const IpAddress& address) const {
  return std::any_of(groups_.begin(), groups_.end(),
                     [&](const PrefixGroup& group) { return IsIn(address, group); });
}

void Ipam::SetTaken(const std::vector<AddressPair>& pairs, bool taken) {
  for (const AddressPair& pair : pairs) {
    for (const IpAddress& address : {pair.endpoint, pair.client}) {
      if (taken) {
        taken_.insert(address);
        reserved_.erase(address);  // who wanted it is back
      } else {
        taken_.erase(address);
        for (auto& [prefix, begin] : begin_) {
          if (prefix.Contains(address)) begin = std::min(begin, address);
        }
      }
    }
  }
}

nlohmann::json Ipam::Dump() const {
  MutexLock lock(mutex_);
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [id, pairs] : pairs_) {
    for (const AddressPair& pair : pairs) {
      json[id].push_back({{"endpoint", pair.endpoint.ToString()}, {"client", pair.client.ToString()}});
    }
  }
  return json;
}

}  // namespace nsm::endpoint
