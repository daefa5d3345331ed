// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/tc_filter.h"

#include <bpf/libbpf.h>

#include <cerrno>

#include "absl/strings/str_cat.h"

namespace nsm::bpf {
namespace {

bpf_tc_hook HookAt(Ifindex index, TcHook hook) {
  LIBBPF_OPTS(bpf_tc_hook, result);
  result.ifindex = static_cast<int>(index.value);
  result.attach_point = hook == TcHook::kIngress ? BPF_TC_INGRESS : BPF_TC_EGRESS;
  return result;
}

bpf_tc_opts Options(uint32_t handle) {
  LIBBPF_OPTS(bpf_tc_opts, result);
  result.handle = handle;
  result.priority = kTcPriority;
  return result;
}

}  // namespace

absl::Status AttachTcFilter(Ifindex index, TcHook hook, int program_fd, uint32_t handle) {
  bpf_tc_hook at = HookAt(index, hook);
  bpf_tc_opts options = Options(handle);
  options.prog_fd = program_fd;
  options.flags = BPF_TC_F_REPLACE;
  if (int error = bpf_tc_attach(&at, &options); error != 0) {
    return absl::ErrnoToStatus(-error, absl::StrCat("attaching a filter to link ", index.value));
  }
  return absl::OkStatus();
}

absl::Status EnsureTcFilter(Ifindex index, TcHook hook, int program_fd, uint32_t handle) {
  bpf_tc_hook at = HookAt(index, hook);
  // Most links have none yet; one that has answers EEXIST.
  if (int error = bpf_tc_hook_create(&at); error != 0 && error != -EEXIST) {
    return absl::ErrnoToStatus(-error, absl::StrCat("adding clsact to link ", index.value));
  }
  return AttachTcFilter(index, hook, program_fd, handle);
}

absl::Status RemoveTcFilter(Ifindex index, TcHook hook, uint32_t handle) {
  bpf_tc_hook at = HookAt(index, hook);
  bpf_tc_opts options = Options(handle);
  int error = bpf_tc_detach(&at, &options);
  // EINVAL is what a link without a qdisc for it answers.
  if (error == 0 || error == -ENOENT || error == -ENODEV || error == -EINVAL) return absl::OkStatus();
  return absl::ErrnoToStatus(-error, absl::StrCat("detaching the filter of link ", index.value));
}

absl::StatusOr<uint32_t> QueryTcFilter(Ifindex index, TcHook hook, uint32_t handle) {
  bpf_tc_hook at = HookAt(index, hook);
  bpf_tc_opts options = Options(handle);
  int error = bpf_tc_query(&at, &options);
  if (error == 0) return options.prog_id;
  if (error == -ENOENT || error == -ENODEV || error == -EINVAL) return 0;
  return absl::ErrnoToStatus(-error, absl::StrCat("looking for the filter of link ", index.value));
}

}  // namespace nsm::bpf
