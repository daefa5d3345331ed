// SPDX-License-Identifier: Apache-2.0
// How long a session stays at an endpoint from which no packets come.
//
// One that they reach no more is given up for any. Whatever is then connected and carries nothing, the same
// one included, is given up as well, after pauses of a second and more, twice as long each time: without
// another endpoint the connection is there when packets come. An endpoint from which nothing ever came is
// stayed at, as long as this session has not seen better: it may be one that answers no echoes.
//
// Times are those of Clock::Elapsed. Threading: none.
#pragma once

#include "absl/time/time.h"
#include "src/client/packet_watch.h"

namespace nsm::client {

class Patience {
 public:
  // What has become of the packets, now.
  void Note(Packets packets, absl::Duration now);
  // Another endpoint's packets, or other ones, are looked at from now on.
  void Restart() { ends_ = absl::InfiniteDuration(); }
  // The endpoint was given up, for this or another reason.
  void GaveUp() { ++given_up_; }

  // Nothing is looked at for now: what came through may come through no more.
  void LookAway() {
    if (packets_ == Packets::kComeThrough) packets_ = Packets::kUnknown;
  }

  // When it is to be given up; InfiniteDuration while there is no reason to.
  absl::Duration ends() const { return ends_; }
  // Whether that is now; once.
  bool TakeEnd(absl::Duration now);
  // As noted last.
  Packets packets() const { return packets_; }
  bool is_silent() const { return packets_ == Packets::kStopped || packets_ == Packets::kNeverCame; }

 private:
  Packets packets_ = Packets::kUnknown;
  bool have_come_through_ = false;  // ever
  int given_up_ = 0;                // endpoints, since packets came through
  absl::Duration ends_ = absl::InfiniteDuration();
};

}  // namespace nsm::client
