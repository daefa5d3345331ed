// SPDX-License-Identifier: Apache-2.0
#include "src/bpf/tcx_link.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::bpf {
namespace {

// Missing in the headers of Linux 6.1.
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);  // BPF_TCX_INGRESS
constexpr uint32_t kBefore = 1u << 3;                           // BPF_F_BEFORE
constexpr uint32_t kLinkTypeTcx = 11;                           // BPF_LINK_TYPE_TCX
constexpr size_t kMaxPrograms = 64;                             // BPF_MPROG_MAX

// Head of the kernel's struct bpf_link_info; the headers' own ends before what a tcx link has.
struct LinkInfo {
  uint32_t type;
  uint32_t id;
  uint32_t program;
  uint32_t padding;
  uint32_t ifindex;      // tcx.ifindex
  uint32_t attach_type;  // tcx.attach_type
  uint8_t rest[64];
};

absl::StatusOr<LinkInfo> ReadInfo(int fd) {
  LinkInfo info{};
  uint32_t size = sizeof(info);
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0) {
    return absl::ErrnoToStatus(errno, "reading a BPF link");
  }
  if (info.type != kLinkTypeTcx) return absl::FailedPreconditionError("a BPF link is not of type tcx");
  return info;
}

}  // namespace

bool HasTcx(Ifindex any_link) { return QueryTcx(any_link).ok(); }

absl::StatusOr<TcxLink> TcxLink::AttachFirst(Ifindex index, int program_fd) {
  LIBBPF_OPTS(bpf_link_create_opts, options, .flags = kBefore);
  UniqueFd fd(bpf_link_create(program_fd, static_cast<int>(index.value), kTcxIngress, &options));
  if (!fd.valid())
    return absl::ErrnoToStatus(errno, absl::StrCat("attaching to tcx ingress of link ", index.value));
  return TcxLink(std::move(fd));
}

absl::StatusOr<TcxLink> TcxLink::OpenPinned(const std::string& path) {
  UniqueFd fd(bpf_obj_get(path.c_str()));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, absl::StrCat("opening link ", path));
  return TcxLink(std::move(fd));
}

absl::StatusOr<Ifindex> TcxLink::Device() const {
  ASSIGN_OR_RETURN(LinkInfo info, ReadInfo(fd_.get()));
  return Ifindex{info.ifindex};
}

absl::StatusOr<uint32_t> TcxLink::Program() const {
  ASSIGN_OR_RETURN(LinkInfo info, ReadInfo(fd_.get()));
  return info.program;
}

absl::Status TcxLink::Update(int program_fd) const {
  if (bpf_link_update(fd_.get(), program_fd, nullptr) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "replacing the program of a tcx link");
}

absl::Status TcxLink::Detach() const {
  if (bpf_link_detach(fd_.get()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "detaching a tcx link");
}

absl::Status TcxLink::Pin(const std::string& path) const {
  if (bpf_obj_pin(fd_.get(), path.c_str()) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("pinning a link as ", path));
}

absl::StatusOr<std::vector<uint32_t>> QueryTcx(Ifindex index) {
  std::vector<uint32_t> programs(kMaxPrograms);
  uint32_t count = kMaxPrograms;
  uint32_t flags = 0;
  if (bpf_prog_query(static_cast<int>(index.value), kTcxIngress, 0, &flags, programs.data(), &count) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("listing the programs of link ", index.value));
  }
  programs.resize(count);
  return programs;
}

}  // namespace nsm::bpf
