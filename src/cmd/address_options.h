// SPDX-License-Identifier: Apache-2.0
// The options by which a program knows the external addresses of its domain.
#pragma once

#include <memory>
#include <string>

#include "src/cmd/command_line.h"
#include "src/nsm/config/address_map.h"
#include "src/nsm/config/watched_file.h"

namespace nsm::cmd {

struct AddressOptions {
  std::string file;           // empty: none
  AddressMap::Entries fixed;  // internal to external

  void AddTo(CommandLine& command_line);
};

// Watches the options' file, if there is one, into the map; the map's fixed part is the caller's doing.
absl::StatusOr<std::unique_ptr<WatchedFile>> WatchAddresses(const AddressOptions& options, const Clock& clock,
                                                            TimerQueue& timers, AddressMap& map);

}  // namespace nsm::cmd
