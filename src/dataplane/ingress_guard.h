// SPDX-License-Identifier: Apache-2.0
// Keeps a program first in line at the ingress of devices of the node: by a pinned tcx link where the kernel
// has that, otherwise as a cls_bpf filter. Both outlive the process.
//
// Threading: not thread safe; callers are in the node's namespace.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "src/bpf/tcx_link.h"
#include "src/core/ids.h"
#include "src/dataplane/programs.h"
#include "src/netlink/filter.h"

namespace nsm::dataplane {

class IngressGuard {
 public:
  using Loader = std::function<absl::StatusOr<Program>()>;

  // Links are pinned as <folder>/<name>_<ifindex>, filters have this handle and are put by the socket, which
  // must outlive this object; `load` loads the program anew each time. A handle other than
  // FilterPlace::kHandle is for devices of several dataplanes: their guards are first in line together.
  IngressGuard(netlink::Socket& socket, std::string folder, std::string name, bool use_tcx, uint32_t handle,
               Loader load)
      : socket_(socket),
        folder_(std::move(folder)),
        name_(std::move(name)),
        use_tcx_(use_tcx),
        handle_(handle),
        load_(std::move(load)) {}

  // Attaches to a device, or replaces the program of an earlier process there without a gap.
  absl::Status Ensure(Ifindex index);
  // Takes the program away from a device, which may be gone.
  absl::Status Remove(Ifindex index);
  // Looks whether the program of each device is still there and still first, and puts it back: in front
  // before the old one goes. Logs what it finds. A device that has vanished is nothing to put back.
  void Check();
  // Devices that have a guard, by what is pinned as well as by Ensure.
  std::vector<Ifindex> Devices() const;

 private:
  struct Attached {
    std::optional<bpf::TcxLink> link;  // with tcx
    uint32_t program = 0;
  };

  std::string PinPath(Ifindex index) const;
  netlink::FilterPlace PlaceAt(Ifindex index) const;
  absl::StatusOr<Attached> AttachTcx(Ifindex index, const Program& program);
  absl::StatusOr<Attached> AdoptTcx(Ifindex index, const Program& program);
  void CheckTcx(Ifindex index, Attached& attached);
  void CheckFilter(Ifindex index, Attached& attached);

  netlink::Socket& socket_;
  const std::string folder_;
  const std::string name_;
  const bool use_tcx_;
  const uint32_t handle_;
  const Loader load_;
  std::map<Ifindex, Attached> attached_;
};

}  // namespace nsm::dataplane
