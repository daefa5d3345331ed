// SPDX-License-Identifier: Apache-2.0
#include "src/core/status_macros.h"
#include "src/dataplane/linux_kernel.h"
#include "src/dataplane/node.h"
#include "src/dataplane/ownership.h"
#include "src/dataplane/pinned_state.h"
#include "src/dataplane/vxlan_device.h"
#include "src/netlink/filter.h"
#include "src/netlink/link.h"

namespace nsm::dataplane {
namespace {

// Filters that a kernel without tcx has on underlay devices; other links with one of ours are gone by now.
absl::Status RemoveUnderlayFilters(netlink::Socket& socket, uint16_t port, uint32_t counters) {
  if (counters == 0) return absl::OkStatus();
  RETURN_IF_ERROR(RemoveFilters(socket, netlink::FilterPlace::HandleOf(port), counters));
  // Schema 1 had one handle for all.
  return RemoveFilters(socket, netlink::FilterPlace::kHandle, counters);
}

// Links and device have the port in their names and groups; maps and programs are found by the folder.
absl::Status RemoveLinks(netlink::Socket& socket, uint16_t port) {
  absl::Status status = netlink::RemoveGroup(socket, LiveGroup(port));
  status.Update(netlink::RemoveGroup(socket, DoomedGroup(port)));
  status.Update(RemoveVxlanDevice(socket, port));
  return status;
}

}  // namespace

absl::Status RemoveNode(const NodeConfig& config) {
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  const uint32_t counters = FindState(config).Identity();
  // A damaged state cannot tell its programs from another one's; those that its links hold go with it.
  if (counters == 0) RETURN_IF_ERROR(RemoveState(config));
  absl::Status status = CheckVxlanOwner(socket, config.vxlan_port, counters);
  if (status.ok()) status = RemoveLinks(socket, config.vxlan_port);
  status.Update(RemoveUnderlayFilters(socket, config.vxlan_port, counters));
  status.Update(RemoveState(config));
  return status;
}

}  // namespace nsm::dataplane
