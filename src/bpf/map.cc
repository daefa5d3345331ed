// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/map.h"

#include <bpf/libbpf.h>

namespace nsm::bpf {

absl::StatusOr<UniqueFd> OpenPinnedMap(const std::string& path, uint32_t key_size, uint32_t value_size) {
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening map ", path));
  bpf_map_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("reading map ", path));
  }
  if (info.key_size != key_size || info.value_size != value_size) {
    return absl::FailedPreconditionError(absl::StrCat("map ", path, " has keys and values of ", info.key_size,
                                                      " and ", info.value_size, " bytes, not ", key_size,
                                                      " and ", value_size));
  }
  return fd;
}

int PossibleCpus() {
  static const int cpus = libbpf_num_possible_cpus();
  return cpus;
}

}  // namespace nsm::bpf
