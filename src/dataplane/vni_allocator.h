// SPDX-License-Identifier: Apache-2.0
// Which VNIs are in use with which peer, and by whom.
//
// A tunnel is known by (peer, VNI), so the same VNI with two peers is no conflict, and one that the peer
// chose for its direction excludes ours. Thread safe.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/dataplane/op.h"

namespace nsm::dataplane {

class VniAllocator {
 public:
  // Both ends of the range are included.
  VniAllocator(Vni first, Vni last);

  // As Dataplane::ReserveVni; a VNI that is live under `id` with that peer is the answer, too. Chosen at
  // random, so that one that was just freed is not used again at once.
  absl::StatusOr<Vni> Reserve(const std::string& id, const IpAddress& remote, bool prefer_even)
      EXCLUDES(mutex_);
  // Gives up the reservation of `id`, if there is one.
  void Release(const std::string& id) EXCLUDES(mutex_);

  // Takes `key` for a tunnel of `id`. ABORTED: another id has it, live or reserved.
  absl::Status Acquire(const std::string& id, const TunnelKey& key) EXCLUDES(mutex_);
  // Frees what Acquire took for `id`, but for `kept`.
  void Drop(const std::string& id, const std::vector<TunnelKey>& kept = {}) EXCLUDES(mutex_);

  struct Use {
    TunnelKey key;
    std::string id;
    bool live = false;
  };
  std::vector<Use> Uses() const EXCLUDES(mutex_);

 private:
  bool IsFree(const TunnelKey& key) const REQUIRES(mutex_);
  absl::StatusOr<Vni> FindFree(const IpAddress& remote, bool prefer_even) REQUIRES(mutex_);

  const Vni first_;
  const Vni last_;
  mutable Mutex mutex_;
  std::mt19937 random_ GUARDED_BY(mutex_);
  std::map<TunnelKey, std::string> live_ GUARDED_BY(mutex_);
  std::map<TunnelKey, std::string> reserved_ GUARDED_BY(mutex_);
  std::map<std::string, TunnelKey> reservations_ GUARDED_BY(mutex_);        // by id
  std::map<std::string, std::set<TunnelKey>> acquired_ GUARDED_BY(mutex_);  // by id
};

}  // namespace nsm::dataplane
