// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/program_info.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "src/core/unique_fd.h"

namespace nsm::bpf {
namespace {

constexpr uint32_t kMaxMaps = 64;  // MAX_USED_MAPS

}  // namespace

bool ProgramInfo::Uses(uint32_t map) const { return std::find(maps.begin(), maps.end(), map) != maps.end(); }

absl::StatusOr<ProgramInfo> ReadProgram(uint32_t id) {
  UniqueFd fd(bpf_prog_get_fd_by_id(id));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening BPF program ", id));
  ProgramInfo program;
  program.maps.resize(kMaxMaps);
  bpf_prog_info info{};
  info.map_ids = reinterpret_cast<uint64_t>(program.maps.data());
  info.nr_map_ids = kMaxMaps;
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("reading BPF program ", id));
  }
  program.maps.resize(std::min(info.nr_map_ids, kMaxMaps));
  program.name = info.name;
  return program;
}

}  // namespace nsm::bpf
