// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/fast_path.h"

#include <bpf/bpf.h>

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bpf/counters.h"
#include "fast_path_probe.skel.h"
#include "src/bpf/skeleton.h"
#include "src/core/status_macros.h"
#include "src/netlink/sysctl.h"

namespace nsm::dataplane {
namespace {

// UDP over IPv4, to the address of the loopback device, on which test runs take place.
constexpr std::array<uint8_t, 42> kProbe = {
    0,    0, 0, 0,  0, 0, 2, 0, 0,  0,  0,    1,    8,  0,                     // Ethernet
    0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0x66, 0xcf, 10, 0, 0, 1, 10, 0, 0, 2,  // IPv4
    0,    9, 0, 9,  0, 8, 0, 0};                                               // UDP
constexpr size_t kLargest = 256;

// What the program makes of the packet.
absl::StatusOr<std::vector<uint8_t>> Run(const bpf_program* program, const std::vector<uint8_t>& packet) {
  std::vector<uint8_t> after(kLargest);
  LIBBPF_OPTS(bpf_test_run_opts, options);
  options.data_in = packet.data();
  options.data_size_in = static_cast<uint32_t>(packet.size());
  options.data_out = after.data();
  options.data_size_out = static_cast<uint32_t>(after.size());
  options.repeat = 1;
  const char* name = bpf_program__name(program);
  if (int error = bpf_prog_test_run_opts(bpf_program__fd(program), &options); error != 0) {
    return absl::ErrnoToStatus(-error, absl::StrCat("running ", name));
  }
  if (options.retval != NSM_COUNTER_none) {
    return absl::FailedPreconditionError(
        absl::StrCat("this kernel refuses what the fast path asks of it (", name, "): Linux 5.13 does it"));
  }
  after.resize(options.data_size_out);
  return after;
}

}  // namespace

absl::Status ProbeFastPath(const std::string& folder) {
  ASSIGN_OR_RETURN(auto skeleton, bpf::LoadSkeleton<fast_path_probe_bpf>(folder, nullptr));
  const std::vector<uint8_t> before(kProbe.begin(), kProbe.end());
  ASSIGN_OR_RETURN(std::vector<uint8_t> outer, Run(skeleton->progs.probe_encapsulate, before));
  ASSIGN_OR_RETURN(std::vector<uint8_t> after, Run(skeleton->progs.probe_decapsulate, outer));
  if (after == before && outer.size() > before.size()) return absl::OkStatus();
  return absl::FailedPreconditionError("on this kernel a packet does not survive the fast path");
}

absl::StatusOr<SourcePorts> ReadSourcePorts() {
  const std::string text = netlink::ReadSysctl("net/ipv4/ip_local_port_range").value_or("");
  std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits(' ', 1));
  uint32_t first = 0;
  uint32_t last = 0;
  if (!absl::SimpleAtoi(ends.first, &first) || !absl::SimpleAtoi(ends.second, &last) || first >= last ||
      last > 0xffff) {
    return absl::FailedPreconditionError(
        absl::StrCat("net.ipv4.ip_local_port_range is \"", text, "\", not two ports"));
  }
  return SourcePorts{.first = static_cast<uint16_t>(first), .count = static_cast<uint16_t>(last - first)};
}

}  // namespace nsm::dataplane
