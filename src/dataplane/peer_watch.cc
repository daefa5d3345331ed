// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/peer_watch.h"

#include <spdlog/spdlog.h>

#include <optional>
#include <utility>

#include "src/core/clock.h"
#include "src/core/status_macros.h"

namespace nsm::dataplane {

absl::StatusOr<std::unique_ptr<PeerWatch>> PeerWatch::Start(const NodeConfig& config, const Maps& maps,
                                                            Callback callback) {
  ASSIGN_OR_RETURN(ProbeSocket socket, ProbeSocket::Open(config.tunnel_ip, config.vxlan_port));
  return std::unique_ptr<PeerWatch>(
      new PeerWatch(config.probe_interval, maps, std::move(socket), std::move(callback)));
}

PeerWatch::PeerWatch(absl::Duration interval, const Maps& maps, ProbeSocket socket, Callback callback)
    : interval_(interval), maps_(maps), socket_(std::move(socket)), callback_(std::move(callback)) {
  thread_ = std::thread([this] { Run(); });
}

PeerWatch::~PeerWatch() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.NotifyAll();
  }
  thread_.join();
}

void PeerWatch::Watch(const std::set<IpAddress>& peers) {
  MutexLock lock(mutex_);
  liveness_.Watch(peers);
}

void PeerWatch::Expect(const IpAddress& peer, bool is_new) {
  MutexLock lock(mutex_);
  liveness_.Expect(peer, is_new);
}

std::set<IpAddress> PeerWatch::Lost() const {
  MutexLock lock(mutex_);
  return liveness_.Lost();
}

PeerLiveness::Round PeerWatch::Look() {
  MutexLock lock(mutex_);
  return liveness_.Look([this](const IpAddress& peer) -> Heard {
    const std::optional<nsm_peer> known = maps_.peers.Find(Encode(peer));
    if (!known.has_value()) return {};
    return {.heard = known->heard, .answered = known->answered};
  });
}

void PeerWatch::Ask(const std::vector<PeerLiveness::Question>& questions) {
  const std::vector<IpAddress> not_asked = socket_.Ask(questions);
  MutexLock lock(mutex_);
  for (const IpAddress& peer : not_asked) liveness_.NotAsked(peer);
}

void PeerWatch::Run() {
  while (true) {
    const PeerLiveness::Round round = Look();
    Ask(round.questions);
    for (const IpAddress& peer : round.back) spdlog::info("peer {} is there again", peer.ToString());
    for (const IpAddress& peer : round.lost) {
      spdlog::warn("peer {} is lost: nothing comes from it, and it answers nothing", peer.ToString());
      callback_(peer);
    }
    MutexLock lock(mutex_);
    const absl::Duration next = Elapsed() + interval_;
    while (!stopping_ && Elapsed() < next) stop_.WaitFor(mutex_, next - Elapsed());
    if (stopping_) return;
  }
}

}  // namespace nsm::dataplane
