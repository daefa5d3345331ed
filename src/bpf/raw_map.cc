// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/raw_map.h"

#include <bpf/bpf.h>

#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/bpf/map.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"

namespace nsm::bpf {
namespace {

struct Opened {
  UniqueFd fd;
  bpf_map_info info{};
};

absl::StatusOr<Opened> Open(const std::string& path) {
  Opened opened{.fd = UniqueFd(bpf_obj_get(path.c_str()))};
  if (!opened.fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening ", path));
  uint32_t size = sizeof(opened.info);
  if (bpf_obj_get_info_by_fd(opened.fd.get(), &opened.info, &size) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("reading map ", path));
  }
  return opened;
}

// Bytes of what the kernel copies for one key.
size_t CopiedSize(const bpf_map_info& info) {
  bool per_cpu = info.type == BPF_MAP_TYPE_PERCPU_HASH || info.type == BPF_MAP_TYPE_PERCPU_ARRAY ||
                 info.type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
  return per_cpu ? (info.value_size + 7) / 8 * 8 * PossibleCpus() : info.value_size;
}

}  // namespace

absl::StatusOr<RawMap> ReadRawMap(const std::string& path) {
  ASSIGN_OR_RETURN(Opened opened, Open(path));
  RawMap map{.key_size = opened.info.key_size, .value_size = opened.info.value_size, .entries = {}};
  std::string key(map.key_size, '\0');
  std::string value(CopiedSize(opened.info), '\0');
  bool has_more = bpf_map_get_next_key(opened.fd.get(), nullptr, key.data()) == 0;
  while (has_more) {
    // What is removed in between is not there.
    if (bpf_map_lookup_elem(opened.fd.get(), key.data(), value.data()) == 0) map.entries[key] = value;
    std::string last = key;
    has_more = bpf_map_get_next_key(opened.fd.get(), last.data(), key.data()) == 0;
  }
  return map;
}

absl::Status WriteRawMap(const std::string& path, const RawMap& map) {
  ASSIGN_OR_RETURN(Opened opened, Open(path));
  size_t size = CopiedSize(opened.info);
  for (const auto& [key, value] : map.entries) {
    if (key.size() != opened.info.key_size || value.size() != size) {
      return absl::FailedPreconditionError(absl::StrCat("an entry of ", key.size(), " and ", value.size(),
                                                        " bytes does not fit into map ", path));
    }
    if (bpf_map_update_elem(opened.fd.get(), key.data(), value.data(), BPF_ANY) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("writing to map ", path));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> PinnedMapId(const std::string& path) {
  ASSIGN_OR_RETURN(Opened opened, Open(path));
  return opened.info.id;
}

absl::Status PinAgain(const std::string& from, const std::string& to) {
  UniqueFd fd(bpf_obj_get(from.c_str()));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening ", from));
  if (bpf_obj_pin(fd.get(), to.c_str()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("pinning ", from, " as ", to));
}

}  // namespace nsm::bpf
