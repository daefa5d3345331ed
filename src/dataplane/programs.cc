// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/programs.h"

#include <fcntl.h>

#include <cerrno>

#include "arrival_guard.skel.h"
#include "host_guard.skel.h"
#include "pod_guard.skel.h"
#include "src/bpf/skeleton.h"
#include "src/core/status_macros.h"
#include "underlay_guard.skel.h"
#include "vxlan_ingress.skel.h"

namespace nsm::dataplane {
namespace {

// Keeps the one program of an object, and lets the rest go: its maps live by their pins.
absl::StatusOr<Program> Keep(const bpf_program* program) {
  UniqueFd fd(::fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "keeping a BPF program");
  ASSIGN_OR_RETURN(uint32_t id, bpf::ProgramId(fd.get()));
  return Program{.fd = std::move(fd), .id = id};
}

}  // namespace

absl::StatusOr<Program> LoadHostGuard(const std::string& folder) {
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<host_guard_bpf>(folder, nullptr));
  return Keep(skeleton->progs.host_guard);
}

absl::StatusOr<Program> LoadPodGuard(const std::string& folder) {
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<pod_guard_bpf>(folder, nullptr));
  return Keep(skeleton->progs.pod_guard);
}

absl::StatusOr<Program> LoadArrivalGuard(const std::string& folder) {
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<arrival_guard_bpf>(folder, nullptr));
  return Keep(skeleton->progs.arrival_guard);
}

absl::StatusOr<Program> LoadVxlanIngress(const std::string& folder) {
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<vxlan_ingress_bpf>(folder, nullptr));
  return Keep(skeleton->progs.vxlan_ingress);
}

absl::StatusOr<Program> LoadUnderlayGuard(const std::string& folder, uint16_t vxlan_port) {
  auto configure = [vxlan_port](underlay_guard_bpf& object) { object.rodata->vxlan_port = vxlan_port; };
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<underlay_guard_bpf>(folder, configure));
  return Keep(skeleton->progs.underlay_guard);
}

}  // namespace nsm::dataplane
