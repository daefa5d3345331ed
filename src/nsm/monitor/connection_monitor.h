// SPDX-License-Identifier: Apache-2.0
// The connections of this hop, for those who watch them: keeps the latest state of each and tells changes.
//
// Threading: thread safe. Watchers are called under the monitor's lock, in order; they must not block and
// not call back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/monitor/audience.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// Whether a selector chooses a connection (NSM v1 API, MatchesMonitorScopeSelector): its service is among the
// selector's (none: any), and the selector's segments are a contiguous part of its path, where an empty name,
// id or token stands for any.
bool Matches(const MonitorScopeSelector& selector, const Connection& connection);

// An initial event of ours that lists connections of limits::kFullEvent or more bytes is followed by another
// one: all in one would pass what a gRPC client takes at some 2,000 connections. (Upstream's programs send
// one.)
bool IsFollowed(const ConnectionEvent& initial);

class ConnectionWatcher {
 public:
  virtual ~ConnectionWatcher() = default;
  virtual void OnEvent(const ConnectionEvent& event) = 0;
};

// Whose doing a change is.
enum class Cause {
  kOurs,
  kCaller,  // the hop in front of us called: our answer, or its own failure to wait for it, tells it
};

// What a watcher wants to be told of the connections that its selector chooses.
enum class Interest {
  kAll,
  // Nothing of what it causes itself by its calls: a selector whose first segment is the hop in front of us
  // is that hop's. Saves two messages at each hop of a connection.
  kNews,
};

struct KnownConnection {
  Connection connection;
  absl::Time since;  // this process has known it
};

class ConnectionMonitor {
 public:
  explicit ConnectionMonitor(const Clock& clock) : clock_(clock) {}
  // Tells INITIAL_STATE_TRANSFER, several of them where there is much to tell and one where there is nothing,
  // then every change, of what the selector chooses and the audience sees, until the watcher is gone.
  void Watch(const MonitorScopeSelector& selector, const std::shared_ptr<ConnectionWatcher>& watcher,
             Interest interest = Interest::kAll, const Audience& audience = {}) EXCLUDES(mutex_);
  // Established or changed. Connections are in this hop's view.
  void Update(Connection connection, Cause cause = Cause::kOurs) EXCLUDES(mutex_);
  // The next hop says so: context, state and the path behind us of a known connection. Nothing is told if
  // they are as before, or if it speaks of another path or beyond the limits.
  void UpdateFromNextHop(const std::string& id, const Connection& theirs) EXCLUDES(mutex_);
  // Known and now not working. Unknown ids are ignored, here and below.
  void Down(const std::string& id) EXCLUDES(mutex_);
  // The same for all of which `is_down` says so, which is asked under the lock.
  void DownIf(const std::function<bool(const Connection&)>& is_down) EXCLUDES(mutex_);
  void Delete(const std::string& id, Cause cause = Cause::kOurs) EXCLUDES(mutex_);

  std::vector<KnownConnection> Connections() const EXCLUDES(mutex_);
  // At most so many of them, in the order of their ids and behind that one; "" is in front of all.
  std::vector<KnownConnection> Connections(const std::string& behind, size_t most) const EXCLUDES(mutex_);
  std::optional<Connection> Find(const std::string& id) const EXCLUDES(mutex_);

 private:
  struct Watching {
    MonitorScopeSelector selector;
    std::weak_ptr<ConnectionWatcher> watcher;
    Interest interest;
    Audience audience;
  };
  void SetDown(Connection& connection) REQUIRES(mutex_);
  void Tell(::connection::ConnectionEventType type, const Connection& connection, Cause cause = Cause::kOurs)
      REQUIRES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, KnownConnection> connections_ GUARDED_BY(mutex_);
  std::vector<Watching> watching_ GUARDED_BY(mutex_);
};

}  // namespace nsm
