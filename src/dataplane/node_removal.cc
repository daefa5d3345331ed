// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "src/bpf/tc_filter.h"
#include "src/core/status_macros.h"
#include "src/dataplane/linux_kernel.h"
#include "src/dataplane/node.h"
#include "src/dataplane/vxlan_device.h"
#include "src/netlink/link.h"

namespace nsm::dataplane {
namespace {

absl::Status RemovePins(const std::string& folder) {
  std::error_code error;
  std::filesystem::remove_all(folder, error);
  if (!error) return absl::OkStatus();
  return absl::ErrnoToStatus(error.value(), absl::StrCat("removing ", folder));
}

// Filters that a kernel without tcx has on underlay devices; other links with one of ours are gone by now.
absl::Status RemoveFilters(netlink::Socket& socket) {
  std::vector<Ifindex> guarded;
  RETURN_IF_ERROR(netlink::DumpLinks(socket, [&guarded](const netlink::Link& link) {
    auto program = bpf::QueryTcFilter(link.index, bpf::TcHook::kIngress);
    if (program.ok() && *program != 0) guarded.push_back(link.index);
  }));
  for (Ifindex index : guarded) RETURN_IF_ERROR(bpf::RemoveTcFilter(index, bpf::TcHook::kIngress));
  return absl::OkStatus();
}

}  // namespace

absl::Status RemoveNode(const NodeConfig& config) {
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  absl::Status status = netlink::RemoveGroup(socket, LiveGroup(config.vxlan_port));
  status.Update(netlink::RemoveGroup(socket, DoomedGroup(config.vxlan_port)));
  status.Update(RemoveVxlanDevice(socket, config.vxlan_port));
  status.Update(RemoveFilters(socket));
  status.Update(RemovePins(MapFolder(config)));
  // Others may have something in it, or it is the mount point.
  ::rmdir(config.bpf_dir.c_str());
  return status;
}

}  // namespace nsm::dataplane
