// SPDX-License-Identifier: Apache-2.0
// What the connections of one client have been given: no two of them may have one address, or packets for the
// one would go through the other.
//
// Threading: thread safe.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

class GivenPrefixes {
 public:
  // While one connection is asked for, others that are wait: each can exclude what those before it were
  // given. But not for long, since the one may hang and the others may not hang with it; what they are given
  // then may be the same, and Take says so.
  class Turn {
   public:
    explicit Turn(GivenPrefixes& given);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    GivenPrefixes& given_;
    bool is_ours_ = false;
  };

  // What an endpoint of the connection `id` must not give: both ends' addresses of the others, and the
  // prefixes that they are routes to (none that count as default routes, which leave everything to the
  // others).
  std::set<IpPrefix> ExcludedFor(const std::string& id) const EXCLUDES(mutex_);
  // From now on the connection has what it says, and `name` names it to people. ALREADY_EXISTS, naming both,
  // if one of its addresses is another's; it has nothing then.
  absl::Status Take(const std::string& id, const std::string& name, const Connection& connection)
      EXCLUDES(mutex_);
  void Free(const std::string& id) EXCLUDES(mutex_);
  // The others of `id`, for people: what they have and what they are routes to.
  std::string OthersThan(const std::string& id) const EXCLUDES(mutex_);

 private:
  struct Given {
    std::string name;
    std::set<IpPrefix> addresses;  // of both ends, each with its full length
    std::set<IpPrefix> routes;
  };

  mutable Mutex mutex_;
  CondVar turn_over_;
  bool is_taken_ GUARDED_BY(mutex_) = false;  // the turn
  std::map<std::string, Given> given_ GUARDED_BY(mutex_);
};

}  // namespace nsm::client
