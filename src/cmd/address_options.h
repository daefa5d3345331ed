// SPDX-License-Identifier: Apache-2.0
// The options by which a program knows the external addresses of its domain.
#pragma once

#include <memory>
#include <string>

#include "src/cmd/command_line.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/node_addresses.h"
#include "src/nsm/config/address_map.h"
#include "src/nsm/config/watched_file.h"

namespace nsm::cmd {

struct AddressOptions {
  bool kubernetes = false;    // from the nodes of the cluster
  std::string file;           // empty: none
  AddressMap::Entries fixed;  // internal to external

  void AddTo(CommandLine& command_line);
};

// What keeps a map up to date, as long as it lives.
struct AddressSources {
  // The map stays as it is from here on, so that who is told of its changes may go.
  void Stop() {
    file.reset();
    nodes.reset();
  }

  std::unique_ptr<kubernetes::Api> api;
  std::unique_ptr<kubernetes::FollowedNodes> nodes;
  std::unique_ptr<WatchedFile> file;
};

// Watches what the options name into the map, whose fixed part is the caller's doing. With the cluster's
// nodes it waits a little for the API server, and goes on without it if need be.
absl::StatusOr<AddressSources> WatchAddresses(const AddressOptions& options, const std::string& kubeconfig,
                                              const Clock& clock, TimerQueue& timers, AddressMap& map);

}  // namespace nsm::cmd
