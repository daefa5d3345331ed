// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/peer_liveness.h"

#include <utility>

namespace nsm::dataplane {

void PeerLiveness::Watch(const std::set<IpAddress>& peers) {
  std::erase_if(peers_, [&](const auto& known) { return !peers.contains(known.first); });
  for (const IpAddress& peer : peers) peers_.try_emplace(peer);
}

void PeerLiveness::Expect(const IpAddress& peer, bool is_new) {
  auto found = peers_.find(peer);
  if (found == peers_.end()) return;
  // Not each time that somebody asks again, or it would never be told.
  if (std::exchange(found->second.told, false) || is_new) found->second.unanswered = 0;
}

PeerLiveness::Round PeerLiveness::Look(const std::function<Heard(const IpAddress&)>& read) {
  Round round;
  for (auto& [address, peer] : peers_) {
    const Heard before = std::exchange(peer.last, read(address));
    const bool has_answered = peer.last.answered != 0;
    const bool answers = peer.last.answered > before.answered;
    const bool is_heard = answers || (!peer.lost && peer.last.heard > before.heard);
    if (is_heard) {
      peer.unanswered = 0;
      peer.told = false;
      if (std::exchange(peer.lost, false)) round.back.push_back(address);
      if (has_answered && ++peer.rounds < kRoundsHeard) continue;
    }
    if (peer.unanswered >= kMostUnanswered && has_answered && !std::exchange(peer.told, true)) {
      peer.lost = true;
      round.lost.push_back(address);
    }
    round.questions.push_back({.peer = address, .hears = peer.unanswered == 0 && !peer.lost && has_answered});
    peer.rounds = 0;
    if (!is_heard && peer.unanswered < kMostUnanswered) ++peer.unanswered;
  }
  return round;
}

void PeerLiveness::NotAsked(const IpAddress& peer) {
  auto found = peers_.find(peer);
  if (found != peers_.end() && found->second.unanswered > 0) --found->second.unanswered;
}

std::set<IpAddress> PeerLiveness::Lost() const {
  std::set<IpAddress> lost;
  for (const auto& [address, peer] : peers_) {
    if (peer.lost) lost.insert(address);
  }
  return lost;
}

}  // namespace nsm::dataplane
