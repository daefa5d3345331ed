// SPDX-License-Identifier: Apache-2.0
// Element: all work on one connection goes one after the other; the only place that locks per connection.
//
// It keeps what was last established, so that a Close ends just that, whatever the caller sends; a Close of
// what is not known here goes down with the caller's word, since a hop behind us may know it. A request with
// RESELECT_REQUESTED first closes what was established.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
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

  // What is established, in this hop's view, and how much of it.
  std::vector<Connection> Established() const EXCLUDES(mutex_);
  size_t established_count() const EXCLUDES(mutex_);

 private:
  struct Slot {
    int users = 0;       // calls that run or wait for their turn
    bool taken = false;  // one runs
    std::optional<PackedConnection> established;
  };
  class Turn;

  void CloseEstablished(const std::string& id, Next next);

  const Clock& clock_;
  const absl::Duration close_timeout_;
  mutable Mutex mutex_;
  CondVar turn_over_;
  std::map<std::string, Slot> slots_ GUARDED_BY(mutex_);
};

}  // namespace nsm
