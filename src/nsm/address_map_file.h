// SPDX-License-Identifier: Apache-2.0
// Keeps an address map as its file says. The file is looked at every second, which also notices one that was
// renamed into place; while it is bad or missing the last good content stays, and a log line says why.
#pragma once

#include <memory>
#include <string>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/nsm/address_map.h"

namespace nsm {

class AddressMapFile {
 public:
  // Reads the file once; an error where that fails, so that a program does not start with a bad file.
  static absl::StatusOr<std::unique_ptr<AddressMapFile>> Watch(std::string path, const Clock& clock,
                                                               TimerQueue& timers, AddressMap& map);
  // Nothing touches the map afterwards.
  ~AddressMapFile();

 private:
  class State;
  explicit AddressMapFile(std::shared_ptr<State> state) : state_(std::move(state)) {}

  const std::shared_ptr<State> state_;  // shared with the timer's function, which may come late
};

}  // namespace nsm
