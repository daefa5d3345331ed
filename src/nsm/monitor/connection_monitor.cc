// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/connection_monitor.h"

#include <algorithm>

#include "google/protobuf/util/message_differencer.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/mtu.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

bool Matches(const PathSegment& wanted, const PathSegment& segment) {
  auto fits = [](const std::string& want, const std::string& have) { return want.empty() || want == have; };
  return fits(wanted.name(), segment.name()) && fits(wanted.id(), segment.id()) &&
         fits(wanted.token(), segment.token());
}

bool IsOfCaller(const MonitorScopeSelector& selector, const Connection& connection) {
  const Path& path = connection.path();
  const int caller = static_cast<int>(path.index()) - 1;
  return caller >= 0 && caller < path.path_segments_size() && selector.path_segments_size() > 0 &&
         selector.path_segments(0).name() == path.path_segments(caller).name();
}

// What makes a difference to those in front of us: tokens and expiries change with every refresh.
bool SameForWatchers(const Connection& a, const Connection& b) {
  auto same_hop = [](const PathSegment& x, const PathSegment& y) {
    return x.name() == y.name() && x.id() == y.id();
  };
  return a.state() == b.state() &&
         std::equal(a.path().path_segments().begin(), a.path().path_segments().end(),
                    b.path().path_segments().begin(), b.path().path_segments().end(), same_hop) &&
         google::protobuf::util::MessageDifferencer::Equals(a.context(), b.context());
}

}  // namespace

bool Matches(const MonitorScopeSelector& selector, const Connection& connection) {
  const auto& services = selector.network_services();
  if (!services.empty() &&
      std::find(services.begin(), services.end(), connection.network_service()) == services.end()) {
    return false;
  }
  const auto& wanted = selector.path_segments();
  const auto& segments = connection.path().path_segments();
  return std::search(segments.begin(), segments.end(), wanted.begin(), wanted.end(),
                     [](const PathSegment& segment, const PathSegment& want) {
                       return Matches(want, segment);
                     }) != segments.end() ||
         wanted.empty();
}

bool IsFollowed(const ConnectionEvent& initial) {
  size_t bytes = 0;
  for (const auto& [id, connection] : initial.connections()) bytes += connection.ByteSizeLong();
  return bytes >= limits::kFullEvent;
}

void ConnectionMonitor::Watch(const MonitorScopeSelector& selector,
                              const std::shared_ptr<ConnectionWatcher>& watcher, Interest interest,
                              const Audience& audience) {
  ConnectionEvent initial;
  initial.set_type(::connection::INITIAL_STATE_TRANSFER);
  size_t bytes = 0;
  MutexLock lock(mutex_);
  for (const auto& [id, known] : connections_) {
    if (!Matches(selector, known.connection) || !audience.Sees(known.connection)) continue;
    initial.mutable_connections()->insert({id, known.connection});
    bytes += known.connection.ByteSizeLong();
    if (bytes < limits::kFullEvent) continue;
    watcher->OnEvent(initial);
    initial.clear_connections();
    bytes = 0;
  }
  watcher->OnEvent(initial);
  std::erase_if(watching_, [](const Watching& watching) { return watching.watcher.expired(); });
  watching_.push_back({selector, watcher, interest, audience});
}

void ConnectionMonitor::Update(Connection connection, Cause cause) {
  MutexLock lock(mutex_);
  auto [it, is_new] = connections_.try_emplace(connection.id());
  KnownConnection& known = it->second;
  if (is_new) known.since = clock_.Now();
  known.connection = std::move(connection);
  Tell(::connection::UPDATE, known.connection, cause);
}

void ConnectionMonitor::UpdateFromNextHop(const std::string& id, const Connection& theirs) {
  MutexLock lock(mutex_);
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Connection& ours = it->second.connection;
  const int behind_us = static_cast<int>(ours.path().index()) + 1;
  if (!CheckLimits(theirs).ok() || !CheckSegments(theirs.path()).ok() ||
      !IsSameWay(theirs.path(), ours.path(), ours.path().index()))
    return;
  Connection changed = ours;
  auto& segments = *changed.mutable_path()->mutable_path_segments();
  segments.DeleteSubrange(behind_us, segments.size() - behind_us);
  segments.Add(theirs.path().path_segments().begin() + behind_us, theirs.path().path_segments().end());
  *changed.mutable_context() = theirs.context();
  if (const uint32_t mtu = SmallerMtu(ours.context().mtu(), theirs.context().mtu()); mtu != 0) {
    changed.mutable_context()->set_mtu(mtu);
  }
  changed.set_state(theirs.state());
  if (SameForWatchers(changed, ours)) return;
  ours = std::move(changed);
  Tell(::connection::UPDATE, ours);
}

void ConnectionMonitor::Down(const std::string& id) {
  MutexLock lock(mutex_);
  auto it = connections_.find(id);
  if (it != connections_.end()) SetDown(it->second.connection);
}

void ConnectionMonitor::DownIf(const std::function<bool(const Connection&)>& is_down) {
  MutexLock lock(mutex_);
  for (auto& [id, known] : connections_) {
    if (is_down(known.connection)) SetDown(known.connection);
  }
}

void ConnectionMonitor::SetDown(Connection& connection) {
  if (connection.state() == ::connection::DOWN) return;
  connection.set_state(::connection::DOWN);
  Tell(::connection::UPDATE, connection);
}

void ConnectionMonitor::Delete(const std::string& id, Cause cause) {
  MutexLock lock(mutex_);
  auto it = connections_.find(id);
  if (it == connections_.end()) return;
  Connection connection = std::move(it->second.connection);
  connections_.erase(it);
  Tell(::connection::DELETE, connection, cause);
}

std::vector<KnownConnection> ConnectionMonitor::Connections() const {
  MutexLock lock(mutex_);
  std::vector<KnownConnection> connections;
  for (const auto& [id, known] : connections_) connections.push_back(known);
  return connections;
}

std::vector<KnownConnection> ConnectionMonitor::Connections(const std::string& behind, size_t most) const {
  MutexLock lock(mutex_);
  std::vector<KnownConnection> page;
  for (auto it = connections_.upper_bound(behind); it != connections_.end() && page.size() < most; ++it) {
    page.push_back(it->second);
  }
  return page;
}

std::optional<Connection> ConnectionMonitor::Find(const std::string& id) const {
  MutexLock lock(mutex_);
  auto it = connections_.find(id);
  if (it == connections_.end()) return std::nullopt;
  return it->second.connection;
}

void ConnectionMonitor::Tell(::connection::ConnectionEventType type, const Connection& connection,
                             Cause cause) {
  ConnectionEvent event;  // made when somebody is to be told
  event.set_type(type);
  std::erase_if(watching_, [&](const Watching& watching) {
    std::shared_ptr<ConnectionWatcher> watcher = watching.watcher.lock();
    if (watcher == nullptr) return true;
    const bool knows = cause == Cause::kCaller && watching.interest == Interest::kNews &&
                       IsOfCaller(watching.selector, connection);
    if (knows || !Matches(watching.selector, connection) || !watching.audience.Sees(connection)) return false;
    if (event.connections().empty()) event.mutable_connections()->insert({connection.id(), connection});
    watcher->OnEvent(event);
    return false;
  });
}

}  // namespace nsm
