// SPDX-License-Identifier: Apache-2.0
// Point-to-point address management: of each prefix group a connection gets two addresses, one for each side.
//
// Threading: thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/nsm/wire/wire.h"

namespace nsm::endpoint {

// A pool of one group: prefixes that stand in for each other when one is used up.
using PrefixGroup = std::vector<IpPrefix>;

// "172.16.1.0/24", "10.0.0.0/24,10.1.0.0/24" (a group each), "[10.0.0.0/24,10.1.0.0/24],[2001:db8::/64]".
absl::StatusOr<std::vector<PrefixGroup>> ParsePrefixGroups(const std::string& text);

struct AddressPair {
  IpAddress endpoint;
  IpAddress client;
  bool operator==(const AddressPair&) const = default;
};

class Ipam {
 public:
  explicit Ipam(std::vector<PrefixGroup> groups) : groups_(std::move(groups)) {}

  // One pair for each group, the same when asked again under the same id. Addresses in `wanted` (those that
  // the connection had before) are given again if they are free. Whatever lies in `excluded` is not given.
  // RESOURCE_EXHAUSTED names the group that is used up; nothing is taken then.
  absl::StatusOr<std::vector<AddressPair>> Allocate(const std::string& id,
                                                    const std::vector<AddressPair>& wanted,
                                                    const std::vector<IpPrefix>& excluded) EXCLUDES(mutex_);
  // Addresses that connections from before a restart use: given only to those that want them, until
  // EndReservation.
  void Reserve(const std::set<IpAddress>& addresses) EXCLUDES(mutex_);
  void EndReservation() EXCLUDES(mutex_);
  void Free(const std::string& id) EXCLUDES(mutex_);
  bool Knows(const std::string& id) const EXCLUDES(mutex_);
  // Whether it lies in one of the pools, given or not.
  bool IsOurs(const IpAddress& address) const;
  nlohmann::json Dump() const EXCLUDES(mutex_);

 private:
  absl::StatusOr<AddressPair> AllocateIn(const PrefixGroup& group, const std::vector<AddressPair>& wanted,
                                         const std::vector<IpPrefix>& excluded) REQUIRES(mutex_);
  void SetTaken(const std::vector<AddressPair>& pairs, bool taken) REQUIRES(mutex_);

  const std::vector<PrefixGroup> groups_;
  mutable Mutex mutex_;
  std::set<IpAddress> taken_ GUARDED_BY(mutex_);
  std::set<IpAddress> reserved_ GUARDED_BY(mutex_);
  std::map<IpPrefix, IpAddress> begin_ GUARDED_BY(mutex_);  // of each pool: all before it are taken
  std::map<std::string, std::vector<AddressPair>> pairs_ GUARDED_BY(mutex_);
};

}  // namespace nsm::endpoint
