// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/vni_allocator.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::dataplane {
namespace {

// With half of the range in use this many tries fail once in a million.
constexpr int kRandomTries = 20;

}  // namespace

VniAllocator::VniAllocator(Vni first, Vni last)
    : first_(first), last_(last), random_(std::random_device{}()) {}

bool VniAllocator::IsFree(const TunnelKey& key) const {
  return !live_.contains(key) && !reserved_.contains(key);
}

absl::StatusOr<Vni> VniAllocator::FindFree(const IpAddress& remote, bool prefer_even) {
  std::uniform_int_distribution<uint32_t> any(first_.value, last_.value);
  for (int i = 0; i < kRandomTries; ++i) {
    Vni vni{any(random_)};
    if ((vni.value % 2 == 0) == prefer_even && IsFree({remote, vni})) return vni;
  }
  // Nearly full, or a small range: from a random place on, once around.
  uint32_t size = last_.value - first_.value + 1;
  uint32_t start = any(random_) - first_.value;
  for (bool with_parity : {true, false}) {
    for (uint32_t i = 0; i < size; ++i) {
      Vni vni{first_.value + (start + i) % size};
      if (with_parity && (vni.value % 2 == 0) != prefer_even) continue;
      if (IsFree({remote, vni})) return vni;
    }
  }
  return absl::ResourceExhaustedError(absl::StrCat("every VNI from ", first_.value, " to ", last_.value,
                                                   " is in use with ", remote.ToString()));
}

absl::StatusOr<Vni> VniAllocator::Reserve(const std::string& id, const IpAddress& remote, bool prefer_even) {
  MutexLock lock(mutex_);
  if (auto acquired = acquired_.find(id); acquired != acquired_.end()) {
    for (const TunnelKey& key : acquired->second) {
      if (key.remote == remote) return key.vni;
    }
  }
  auto reservation = reservations_.find(id);
  if (reservation != reservations_.end()) {
    if (reservation->second.remote == remote) return reservation->second.vni;
    reserved_.erase(reservation->second);
    reservations_.erase(reservation);
  }
  ASSIGN_OR_RETURN(Vni vni, FindFree(remote, prefer_even));
  TunnelKey key{remote, vni};
  reserved_[key] = id;
  reservations_[id] = key;
  return vni;
}

void VniAllocator::Release(const std::string& id) {
  MutexLock lock(mutex_);
  auto reservation = reservations_.find(id);
  if (reservation == reservations_.end()) return;
  reserved_.erase(reservation->second);
  reservations_.erase(reservation);
}

absl::Status VniAllocator::Acquire(const std::string& id, const TunnelKey& key) {
  MutexLock lock(mutex_);
  for (const auto* uses : {&live_, &reserved_}) {
    auto use = uses->find(key);
    if (use == uses->end() || use->second == id) continue;
    return absl::AbortedError(absl::StrCat("VNI ", key.vni.value, " with ", key.remote.ToString(),
                                           " is in use by connection ", use->second));
  }
  live_[key] = id;
  acquired_[id].insert(key);
  return absl::OkStatus();
}

void VniAllocator::Drop(const std::string& id, const std::vector<TunnelKey>& kept) {
  MutexLock lock(mutex_);
  auto acquired = acquired_.find(id);
  if (acquired == acquired_.end()) return;
  std::erase_if(acquired->second, [&](const TunnelKey& key) REQUIRES(mutex_) {
    if (std::find(kept.begin(), kept.end(), key) != kept.end()) return false;
    live_.erase(key);
    return true;
  });
  if (acquired->second.empty()) acquired_.erase(acquired);
}

std::vector<VniAllocator::Use> VniAllocator::Uses() const {
  MutexLock lock(mutex_);
  std::vector<Use> uses;
  for (const auto& [key, id] : live_) uses.push_back({key, id, true});
  for (const auto& [key, id] : reserved_) {
    if (!live_.contains(key)) uses.push_back({key, id, false});
  }
  return uses;
}

}  // namespace nsm::dataplane
