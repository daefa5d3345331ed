// SPDX-License-Identifier: Apache-2.0
// Which peers live, decided by what the programs have heard of them (bpf/types.h, struct nsm_peer).
//
// Everything is looked at in rounds. Of whom nothing was heard since the last one a question is asked
// (bpf/probe.h); kMostUnanswered of them in a row without a word make a peer lost. It is questions that went
// out that are counted, not time: a host that is too busy to ask, or to look, declares nobody lost. Nor is
// one that has never answered a question, whatever it said: something on the way may not let probes through.
//
// Who is heard of is asked, too, though not in every round: where one way is full, the other node may hear
// nothing else of us, and learns in this way that it is heard.
//
// A peer that dies is known to be lost in the sixth round after that, at the latest. It is back when it
// answers: it is asked in every round until then.
//
// What can go wrong:
//   - Connections to a lost peer are made or asked for again, as long as their Requests get there: it is told
//     as lost again, four questions later, since those who asked do not know.
//   - A node is not asked for a while because we have no connection with it, and its questions are not
//     answered: its count runs. A new connection begins it anew (Expect).
//
// Threading: none.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "src/core/ip_address.h"

namespace nsm::dataplane {

inline constexpr int kMostUnanswered = 4;
// Between two questions to one that is heard of in each.
inline constexpr int kRoundsHeard = 4;

// As in struct nsm_peer.
struct Heard {
  uint64_t heard = 0;
  uint64_t answered = 0;
  bool operator==(const Heard&) const = default;
};

class PeerLiveness {
 public:
  struct Question {
    IpAddress peer;
    bool hears = false;  // as in struct nsm_probe
    bool operator==(const Question&) const = default;
  };
  struct Round {
    std::vector<Question> questions;
    std::vector<IpAddress> lost;  // to be told
    std::vector<IpAddress> back;  // from having been lost
  };

  // These and no others from now on; of those that were watched before all is still known.
  void Watch(const std::set<IpAddress>& peers);
  // A connection to this peer was made, or asked for again.
  void Expect(const IpAddress& peer, bool is_new);
  // The next round, with what is known of a peer now.
  Round Look(const std::function<Heard(const IpAddress&)>& read);
  // The last round's question to it did not go out.
  void NotAsked(const IpAddress& peer);
  std::set<IpAddress> Lost() const;

 private:
  struct Peer {
    Heard last;
    int unanswered = 0;
    int rounds = 0;  // since it was asked
    bool lost = false;
    bool told = false;  // that it is lost, to all who have asked for it
  };
  std::map<IpAddress, Peer> peers_;
};

}  // namespace nsm::dataplane
