// SPDX-License-Identifier: Apache-2.0
#include "src/client/given_prefixes.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/core/default_prefix.h"

namespace nsm::client {
namespace {

constexpr absl::Duration kLongestTurn = absl::Milliseconds(500);

std::string ToText(const std::set<IpPrefix>& prefixes) {
  return absl::StrJoin(prefixes, ", ",
                       [](std::string* out, const IpPrefix& prefix) { out->append(prefix.ToString()); });
}

}  // namespace

GivenPrefixes::Turn::Turn(GivenPrefixes& given) : given_(given) {
  const absl::Time limit = absl::Now() + kLongestTurn;
  MutexLock lock(given_.mutex_);
  while (given_.is_taken_) {
    const absl::Duration left = limit - absl::Now();
    if (left <= absl::ZeroDuration()) return;
    given_.turn_over_.WaitFor(given_.mutex_, left);
  }
  given_.is_taken_ = is_ours_ = true;
}

GivenPrefixes::Turn::~Turn() {
  if (!is_ours_) return;
  MutexLock lock(given_.mutex_);
  given_.is_taken_ = false;
  given_.turn_over_.NotifyOne();
}

std::set<IpPrefix> GivenPrefixes::ExcludedFor(const std::string& id) const {
  std::set<IpPrefix> excluded;
  MutexLock lock(mutex_);
  for (const auto& [other, given] : given_) {
    if (other == id) continue;
    excluded.insert(given.addresses.begin(), given.addresses.end());
    excluded.insert(given.routes.begin(), given.routes.end());
  }
  return excluded;
}

absl::Status GivenPrefixes::Take(const std::string& id, const std::string& name,
                                 const Connection& connection) {
  Given given{.name = name, .addresses = {}, .routes = {}};
  const auto& ip = connection.context().ip_context();
  for (const auto* texts : {&ip.src_ip_addrs(), &ip.dst_ip_addrs()}) {
    for (const std::string& text : *texts) {
      auto prefix = IpPrefix::Parse(text);
      if (prefix.ok()) given.addresses.insert(IpPrefix::Host(prefix->address()));
    }
  }
  for (const auto& route : ip.src_routes()) {
    auto prefix = IpPrefix::Parse(route.prefix());
    if (!prefix.ok() || CountsAsDefault(*prefix) || given.addresses.contains(prefix->Masked())) continue;
    given.routes.insert(prefix->Masked());
  }
  MutexLock lock(mutex_);
  given_.erase(id);
  for (const auto& [other_id, other] : given_) {
    for (const IpPrefix& address : given.addresses) {
      if (!other.addresses.contains(address)) continue;
      return absl::AlreadyExistsError(absl::StrCat(name, " was given ", address.address().ToString(),
                                                   ", which ", other.name, " has already"));
    }
  }
  given_[id] = std::move(given);
  return absl::OkStatus();
}

void GivenPrefixes::Free(const std::string& id) {
  MutexLock lock(mutex_);
  given_.erase(id);
}

std::string GivenPrefixes::OthersThan(const std::string& id) const {
  std::vector<std::string> others;
  MutexLock lock(mutex_);
  for (const auto& [other, given] : given_) {
    if (other == id) continue;
    others.push_back(absl::StrCat(given.name, " has ", ToText(given.addresses)));
    if (!given.routes.empty()) absl::StrAppend(&others.back(), " and routes to ", ToText(given.routes));
  }
  return absl::StrJoin(others, "; ");
}

}  // namespace nsm::client
