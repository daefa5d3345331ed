// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/skeleton.h"

#include <bpf/bpf.h>
#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>

#include "absl/strings/ascii.h"
#include "src/core/unique_fd.h"

namespace nsm::bpf {
namespace {

int LogMessage(libbpf_print_level level, const char* format, va_list arguments) {
  if (level == LIBBPF_DEBUG) return 0;
  char text[512];
  int length = ::vsnprintf(text, sizeof(text), format, arguments);
  spdlog::debug("{}", std::string(absl::StripTrailingAsciiWhitespace(text)));
  return length;
}

}  // namespace

void RedirectLibbpfMessages() { libbpf_set_print(LogMessage); }

absl::Status CheckPins(const bpf_object* object, const std::string& folder) {
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object) {
    std::string path = absl::StrCat(folder, "/", bpf_map__name(map));
    UniqueFd fd(bpf_obj_get(path.c_str()));
    if (!fd.valid()) continue;
    bpf_map_info info{};
    uint32_t size = sizeof(info);
    if (bpf_obj_get_info_by_fd(fd.get(), &info, &size) != 0) {
      return absl::ErrnoToStatus(errno, absl::StrCat("reading map ", path));
    }
    if (info.type != bpf_map__type(map) || info.key_size != bpf_map__key_size(map) ||
        info.value_size != bpf_map__value_size(map) || info.max_entries != bpf_map__max_entries(map)) {
      return absl::FailedPreconditionError(
          absl::StrCat("map ", path, " was made by another version of this program and has another shape"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> ProgramId(int program_fd) {
  bpf_prog_info info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(program_fd, &info, &size) != 0) {
    return absl::ErrnoToStatus(errno, "reading a BPF program");
  }
  return info.id;
}

}  // namespace nsm::bpf
