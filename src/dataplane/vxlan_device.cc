// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/vxlan_device.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/netlink/link.h"
#include "src/netlink/sysctl.h"

namespace nsm::dataplane {
namespace {

// Nothing may pass between the device and the node's stack, even while somebody's program hides the guard.
constexpr std::pair<const char*, const char*> kLocks[] = {
    {"net/ipv6/conf/%/disable_ipv6", "1"},
    {"net/ipv4/conf/%/rp_filter", "1"},
    {"net/ipv4/conf/%/forwarding", "0"},
    // Answers no ARP request at all.
    {"net/ipv4/conf/%/arp_ignore", "8"},
};

absl::Status Lock(const std::string& name) {
  for (const auto& [setting, value] : kLocks) {
    std::string path = setting;
    path.replace(path.find('%'), 1, name);
    RETURN_IF_ERROR(netlink::EnsureSysctl(path, value));
  }
  return absl::OkStatus();
}

absl::Status PortTaken(uint16_t port, const absl::Status& status) {
  return absl::FailedPreconditionError(
      absl::StrCat("UDP port ", port,
                   " is in use in this network namespace, by another VXLAN device or a "
                   "program (",
                   status.message(), "): remove that or choose another port"));
}

}  // namespace

std::string VxlanDeviceName(uint16_t port) { return absl::StrCat("nsm-vx", port); }

absl::StatusOr<Ifindex> EnsureVxlanDevice(netlink::Socket& socket, uint16_t port, IngressGuard& guard) {
  std::string name = VxlanDeviceName(port);
  netlink::VxlanSettings settings{
      .port = port, .collect_metadata = true, .learning = false, .udp_zero_checksum6_rx = true};
  auto device = netlink::GetLink(socket, name);
  if (!device.ok() && !absl::IsNotFound(device.status())) return device.status();
  if (device.ok() && device->vxlan != settings) {
    RETURN_IF_ERROR(netlink::RemoveLink(socket, device->index));
    device = absl::NotFoundError(name);
  }
  const bool is_new = !device.ok();
  if (is_new) {
    absl::Status created = netlink::CreateVxlan(socket, name, settings);
    if (absl::IsAlreadyExists(created)) return PortTaken(port, created);
    RETURN_IF_ERROR(created);
    device = netlink::GetLink(socket, name);
    if (!device.ok()) return device.status();
  }
  absl::Status status = Lock(name);
  status.Update(guard.Ensure(device->index));
  if (status.ok()) {
    status = netlink::ChangeLink(socket, device->index, {.up = true});
    // EADDRINUSE, which only putting it up shows.
    if (absl::IsFailedPrecondition(status)) status = PortTaken(port, status);
  }
  if (status.ok()) return device->index;
  // One that was there carries connections, which a start that fails does not end.
  if (!is_new) return status;
  (void)guard.Remove(device->index);
  (void)netlink::RemoveLink(socket, device->index);
  return status;
}

absl::Status RemoveVxlanDevice(netlink::Socket& socket, uint16_t port) {
  auto device = netlink::GetLink(socket, VxlanDeviceName(port));
  if (absl::IsNotFound(device.status())) return absl::OkStatus();
  if (!device.ok()) return device.status();
  return netlink::RemoveLink(socket, device->index);
}

}  // namespace nsm::dataplane
