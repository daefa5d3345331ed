// SPDX-License-Identifier: Apache-2.0
// Owners of what bpftool generates, and loading with maps shared by their pins.
#pragma once

#include <bpf/libbpf.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::bpf {

template <class Generated>
struct DestroySkeleton {
  void operator()(Generated* skeleton) const { Generated::destroy(skeleton); }
};
template <class Generated>
using Skeleton = std::unique_ptr<Generated, DestroySkeleton<Generated>>;

// Sends libbpf's messages to our log, at level debug: what matters is in statuses. For the whole process.
void RedirectLibbpfMessages();
// FAILED_PRECONDITION: a map pinned under `folder` has another shape than the one of `object` that would be
// pinned by that name.
absl::Status CheckPins(const bpf_object* object, const std::string& folder);
// The kernel's number of a loaded program.
absl::StatusOr<uint32_t> ProgramId(int program_fd);

// Opens, lets `configure` set constants, and loads. Maps are those pinned below `folder`; missing ones are
// made and pinned there.
template <class Generated>
absl::StatusOr<Skeleton<Generated>> LoadSkeleton(const std::string& folder,
                                                 const std::function<void(Generated&)>& configure) {
  LIBBPF_OPTS(bpf_object_open_opts, options, .pin_root_path = folder.c_str());
  Skeleton<Generated> skeleton(Generated::open(&options));
  if (skeleton == nullptr) return absl::ErrnoToStatus(errno, "opening a BPF object");
  std::string name = bpf_object__name(skeleton->obj);
  RETURN_IF_ERROR(CheckPins(skeleton->obj, folder));
  if (configure) configure(*skeleton);
  if (int error = Generated::load(skeleton.get()); error != 0) {
    return absl::ErrnoToStatus(-error, absl::StrCat("loading BPF object ", name));
  }
  return skeleton;
}

}  // namespace nsm::bpf
