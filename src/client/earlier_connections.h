// SPDX-License-Identifier: Apache-2.0
// What the NSMgr still has of a client that was killed and has been started again. What is still wanted is
// taken up; the rest of the same namespace is closed, since its interfaces are in the way and nobody
// refreshes it. Connections of the same name in other namespaces are left alone: they are those of another
// pod, or end with their own.
//
// Threading: thread safe.
#pragma once

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "src/client/given_prefixes.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/wire/wire.h"

namespace nsm::client {

// Connections of the client `name` that the NSMgr has, in the client's view, by their ids. `calls`: who may
// cancel that.
absl::StatusOr<std::map<std::string, Connection>> AskForConnections(ChannelPool& channels, const Url& nsmgr,
                                                                    const std::string& name,
                                                                    absl::Time deadline, CallGroup& calls);

class EarlierConnections {
 public:
  struct Config {
    std::string name;  // of the client
    Url nsmgr;
    std::string netns_inode_url;
    std::set<std::string> wanted;  // ids
    absl::Duration timeout;        // of each call
  };
  // What is taken up keeps its addresses before anything is asked for: `given` has them from the first call
  // on.
  EarlierConnections(Config config, ChannelPool& channels, const Clock& clock, GivenPrefixes& given)
      : config_(std::move(config)), channels_(channels), clock_(clock), given_(given) {}

  // The connection with this id, once; NOT_FOUND if there is none. The first call asks the NSMgr, others wait
  // for its answer; as long as that fails, each asks again. `calls`: who may cancel what this one asks.
  absl::StatusOr<Connection> Take(const std::string& id, CallGroup& calls) EXCLUDES(mutex_);

 private:
  absl::Status Look(CallGroup& calls) REQUIRES(mutex_);
  void Close(const Connection& connection, CallGroup& calls);

  const Config config_;
  ChannelPool& channels_;
  const Clock& clock_;
  GivenPrefixes& given_;
  Mutex mutex_;
  bool has_looked_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Connection> connections_ GUARDED_BY(mutex_);
};

}  // namespace nsm::client
