// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/ownership.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/bpf/program_info.h"
#include "src/bpf/tcx_link.h"
#include "src/core/status_macros.h"
#include "src/dataplane/vxlan_device.h"
#include "src/netlink/filter.h"
#include "src/netlink/link.h"

namespace nsm::dataplane {
namespace {

constexpr char kVxlanGuard[] = "vxlan_ingress";  // the function in bpf/vxlan_ingress.bpf.c

}  // namespace

absl::Status CheckVxlanOwner(netlink::Socket& socket, uint16_t port, uint32_t counters) {
  const std::string name = VxlanDeviceName(port);
  auto device = netlink::GetLink(socket, name);
  if (absl::IsNotFound(device.status())) return absl::OkStatus();
  RETURN_IF_ERROR(device.status());
  // A kernel without tcx has none there.
  std::vector<uint32_t> programs = bpf::QueryTcx(device->index).value_or(std::vector<uint32_t>{});
  programs.push_back(netlink::FindFilter(socket, {.index = device->index}).value_or(0));
  for (uint32_t id : programs) {
    auto program = bpf::ReadProgram(id);
    // A stranger's, or gone by now.
    if (!program.ok() || program->name != kVxlanGuard) continue;
    if (program->Uses(counters)) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("UDP port ", port,
                     " belongs to another dataplane of this node, which has its maps in another "
                     "folder: choose another port, or that folder (if it is lost: ip link del ",
                     name, ")"));
  }
  return absl::OkStatus();
}

absl::Status RemoveFilters(netlink::Socket& socket, uint32_t handle, uint32_t map) {
  std::vector<netlink::FilterPlace> places;
  RETURN_IF_ERROR(netlink::DumpLinks(
      socket, [&](const netlink::Link& link) { places.push_back({.index = link.index, .handle = handle}); }));
  for (const netlink::FilterPlace& place : places) {
    auto id = netlink::FindFilter(socket, place);
    if (!id.ok() || *id == 0) continue;
    auto program = bpf::ReadProgram(*id);
    if (program.ok() && program->Uses(map)) RETURN_IF_ERROR(netlink::RemoveFilter(socket, place));
  }
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
