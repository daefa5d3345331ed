// SPDX-License-Identifier: Apache-2.0
// Element: a pod that calls by a door of its own has the connections that it has made, and no others.
//
// The id of this hop's segment says whose a connection is, so that it holds over restarts of this program.
// Who shows another pod's, or nobody's, is refused with PERMISSION_DENIED; who shows none gets a new one. A
// Close without this hop's segment is of nothing that the pod has got here, and nothing is done. What a path
// says of the hops behind this one is another pod's as easily. It counts as this program knows it; what it
// does not know, since it was started again, the next hop takes up (src/forwarder/take_up.h).
#pragma once

#include <string>

#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/request/chain.h"

namespace nsm {

// Stands in front of UpdatePath.
class PodConnections final : public Element {
 public:
  // `name` is this hop's. The monitor knows what this process has established.
  PodConnections(std::string name, const ConnectionMonitor& monitor)
      : name_(std::move(name)), monitor_(monitor) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  const PathSegment* OwnSegment(const Connection& connection) const;
  void PutRight(Path& path) const;

  const std::string name_;
  const ConnectionMonitor& monitor_;
};

}  // namespace nsm
