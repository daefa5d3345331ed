// SPDX-License-Identifier: Apache-2.0
// Looks all the time whether the peers of this node live (peer_liveness.h), and tells those that are lost.
//
// Threading: thread safe; a thread of its own, on which it tells. At its end that is over.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"
#include "src/dataplane/dataplane.h"
#include "src/dataplane/maps.h"
#include "src/dataplane/peer_liveness.h"
#include "src/dataplane/probe_socket.h"

namespace nsm::dataplane {

class PeerWatch {
 public:
  using Callback = std::function<void(const IpAddress& lost)>;

  // Rounds take config.probe_interval. `maps` must outlive it.
  static absl::StatusOr<std::unique_ptr<PeerWatch>> Start(const NodeConfig& config, const Maps& maps,
                                                          Callback callback);
  ~PeerWatch();

  // As PeerLiveness.
  void Watch(const std::set<IpAddress>& peers) EXCLUDES(mutex_);
  void Expect(const IpAddress& peer, bool is_new) EXCLUDES(mutex_);
  std::set<IpAddress> Lost() const EXCLUDES(mutex_);

 private:
  PeerWatch(absl::Duration interval, const Maps& maps, ProbeSocket socket, Callback callback);
  void Run() EXCLUDES(mutex_);
  PeerLiveness::Round Look() EXCLUDES(mutex_);
  void Ask(const std::vector<PeerLiveness::Question>& questions) EXCLUDES(mutex_);

  const absl::Duration interval_;
  const Maps& maps_;
  const ProbeSocket socket_;
  const Callback callback_;
  mutable Mutex mutex_;
  CondVar stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  PeerLiveness liveness_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace nsm::dataplane
