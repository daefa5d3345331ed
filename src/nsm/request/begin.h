// SPDX-License-Identifier: Apache-2.0
// Element: all work on one connection goes one after the other; the only place that locks per connection.
//
// It keeps what was last established, and where that went next.
//
// The order of things:
//   - A call waits until those before it for the same connection are over, until its deadline at most. Other
//     connections do not wait.
//   - A Request that succeeds is what is established from then on; one that fails changes nothing here.
//   - A Request with RESELECT_REQUESTED first closes what was established.
//   - A Close ends what was established, whatever the caller sends, and goes where that went: no registry and
//     no DNS is asked, and the endpoint need not be registered any more. The elements below free what this
//     hop has before they tell the next hop.
//   - Whoever has to end a connection by itself (an expiry, a watch) calls `close_later`. That takes its
//     turn like any other Close and goes where the connection went, with a deadline of its own
//     (`close_timeout`), since no caller waits for it. It ends what its Request has established and nothing
//     that was asked for since.
//
// What can go wrong:
//   - What is not known here, as after a restart, is closed with the caller's word, since a hop behind us may
//     know it; the next hop is then looked up.
//   - The hop in front of us was replaced by one of another name, which passes our id on, and ends the
//     connection later, when nobody refreshes it there. Such a Close comes by another way than the
//     established one, and with a token of the client's that expires earlier: nothing is done.
//   - A call that hangs below keeps its turn; those behind it give up at their deadlines and change nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/wire/packed_connection.h"

namespace nsm {

class Begin final : public Element {
 public:
  // `close_timeout` bounds the closes that no caller waits for.
  explicit Begin(const Clock& clock, absl::Duration close_timeout = absl::Seconds(5))
      : clock_(clock), close_timeout_(close_timeout) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

  // How much is established.
  size_t established_count() const EXCLUDES(mutex_);

 private:
  struct Kept {
    PackedConnection connection;
    std::optional<Url> next_hop;
    uint64_t request = 0;  // that has established it
  };
  struct Slot {
    int users = 0;       // calls that run or wait for their turn
    bool taken = false;  // one runs
    std::optional<Kept> established;
  };
  class Turn;

  uint64_t CountRequest() EXCLUDES(mutex_);
  void CloseEstablished(const std::string& id, uint64_t request, Next next);

  const Clock& clock_;
  const absl::Duration close_timeout_;
  mutable Mutex mutex_;
  CondVar turn_over_;
  std::map<std::string, Slot> slots_ GUARDED_BY(mutex_);
  uint64_t requests_ GUARDED_BY(mutex_) = 0;
};

}  // namespace nsm
