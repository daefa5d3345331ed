// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/hop/hop_server.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <thread>
#include <utility>

#include "src/core/durations_json.h"
#include "src/core/status_macros.h"
#include "src/nsm/identity/identity_json.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/registry/registry_server.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/rpc/server.h"

namespace nsm {
namespace {

// How long calls that run may go on when the program stops.
constexpr absl::Duration kPatience = absl::Seconds(1);
constexpr size_t kRowsAtOnce = 256;

}  // namespace

// What is behind one door.
struct HopServer::Room {
  explicit Room(const Door& door) : door(door) {}

  const Door door;
  std::optional<NetworkServiceServer> requests;
  std::optional<ConnectionMonitorServer> monitor;
  std::optional<RegistryServer<ServiceKind>> services;
  std::optional<RegistryServer<EndpointKind>> endpoints;
  std::unique_ptr<Server> server;  // goes before what it serves

  void EndStreams() {
    if (monitor) monitor->Shutdown();
    if (services) services->Shutdown();
    if (endpoints) endpoints->Shutdown();
  }
};

HopServer::HopServer(Hop& hop) : hop_(hop) {
  introspection_.Add("identity", [this] { return ToJson(hop_.identity); });
  introspection_.Add("monitor_streams", [this] { return hop_.next_hops.streams(); });
}

HopServer::~HopServer() { Stop(); }

void HopServer::ShowConnections(const Begin& begin) {
  introspection_.Add("established", [&begin] { return begin.established_count(); });
  introspection_.Add("durations", [this] { return ToJson(outcomes_.durations()); });
  introspection_.Add("failures", [this] { return outcomes_.Failures(); });
  introspection_.AddList("connections", [this] {
    return [this, last = std::string()]() mutable {
      const std::vector<KnownConnection> page = hop_.monitor.Connections(last, kRowsAtOnce);
      if (!page.empty()) last = page.back().connection.id();
      return ToJson(page, hop_.clock.Now());
    };
  });
}

void HopServer::SetRegistries(const RegistryChain<ServiceKind>& services,
                              const RegistryChain<EndpointKind>& endpoints) {
  services_ = &services;
  endpoints_ = &endpoints;
}

absl::Status HopServer::Open(const std::vector<Door>& doors) {
  if (doors.empty()) return absl::InvalidArgumentError("no address to listen on is given");
  for (const Door& door : doors) RETURN_IF_ERROR(Check(door));
  std::vector<std::shared_ptr<Room>> rooms;
  for (const Door& door : doors) {
    absl::StatusOr<std::shared_ptr<Room>> room = OpenDoor(door);
    if (!room.ok()) {
      introspection_.Shutdown();
      CloseRooms(rooms);
      return room.status();
    }
    rooms.push_back(*std::move(room));
  }
  MutexLock lock(mutex_);
  rooms_ = std::move(rooms);
  is_open_ = true;
  return absl::OkStatus();
}

absl::Status HopServer::AddDoor(const Door& door) {
  RETURN_IF_ERROR(Check(door));
  ASSIGN_OR_RETURN(std::shared_ptr<Room> room, OpenDoor(door));
  {
    MutexLock lock(mutex_);
    if (is_open_) {
      rooms_.push_back(std::move(room));
      return absl::OkStatus();
    }
  }
  CloseRooms({room});
  return absl::CancelledError("the program stops");
}

void HopServer::RemoveDoor(const Url& url) {
  std::vector<std::shared_ptr<Room>> removed;
  {
    MutexLock lock(mutex_);
    auto gone = std::stable_partition(rooms_.begin(), rooms_.end(),
                                      [&url](const auto& room) { return room->door.url != url; });
    removed.assign(gone, rooms_.end());
    rooms_.erase(gone, rooms_.end());
  }
  CloseRooms(removed);
}

absl::StatusOr<std::shared_ptr<HopServer::Room>> HopServer::OpenDoor(const Door& door) {
  auto room = std::make_shared<Room>(door);
  std::vector<grpc::Service*> services;
  std::vector<std::string> healthy;
  if (door.services.contains(Behind::kConnections)) {
    services.push_back(
        &room->requests.emplace(hop_.name, hop_.identity, chain_, door, hop_.clock, outcomes_));
    services.push_back(&room->monitor.emplace(hop_.monitor, door, hop_.clock));
    healthy.insert(healthy.end(), {service::kNetworkService, service::kMonitor});
  }
  if (door.services.contains(Behind::kRegistry)) {
    services.push_back(&room->services.emplace(hop_.name, *services_, door, hop_.clock));
    services.push_back(&room->endpoints.emplace(hop_.name, *endpoints_, door, hop_.clock));
    healthy.insert(healthy.end(), {service::kServices, service::kEndpoints});
  }
  if (door.services.contains(Behind::kIntrospection)) services.push_back(&introspection_);
  ASSIGN_OR_RETURN(room->server,
                   Server::Start({door.url}, hop_.identity.ForServer(door.peers), services, healthy));
  return room;
}

std::vector<std::shared_ptr<HopServer::Room>> HopServer::TakeRooms() {
  MutexLock lock(mutex_);
  is_open_ = false;
  return std::exchange(rooms_, {});
}

void HopServer::CloseRooms(const std::vector<std::shared_ptr<Room>>& rooms) {
  for (const auto& room : rooms) room->EndStreams();
  std::vector<std::thread> closing;
  for (const auto& room : rooms) {
    closing.emplace_back([&room] { room->server->Shutdown(kPatience); });
  }
  for (std::thread& thread : closing) thread.join();
}

void HopServer::Stop() {
  const std::vector<std::shared_ptr<Room>> rooms = TakeRooms();
  introspection_.Shutdown();
  for (const auto& room : rooms) room->EndStreams();
  hop_.timers.Stop();
  hop_.expiries.Stop();
  const auto patience = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(kPatience);
  std::future<void> closed = std::async(std::launch::async, [this, &rooms] { CloseRooms(rooms); });
  std::future<void> idle = std::async(std::launch::async, [this] {
    hop_.workers.Stop();
    hop_.enders.Stop();
  });
  closed.wait_until(patience);
  idle.wait_until(patience);
  // Who waits for another program has no other way to hear that nobody waits for him any more.
  hop_.channels.CancelCalls();
  closed.wait();
  idle.wait();
}

}  // namespace nsm
