// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/ingress_guard.h"

#include <dirent.h>
#include <spdlog/spdlog.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/bpf/program_info.h"
#include "src/core/status_macros.h"
#include "src/netlink/filter.h"

namespace nsm::dataplane {
namespace {

// Whether nothing runs before the program but, on a shared device, its like: guards of dataplanes with other
// ports hide nothing from it.
bool IsFirst(const std::vector<uint32_t>& programs, uint32_t program, bool is_shared) {
  if (!programs.empty() && programs.front() == program) return true;
  auto own = bpf::ReadProgram(program);
  if (!is_shared || !own.ok()) return false;
  for (uint32_t other : programs) {
    if (other == program) return true;
    auto info = bpf::ReadProgram(other);
    if (!info.ok() || info->name != own->name) return false;
  }
  return false;
}

}  // namespace

std::string IngressGuard::PinPath(Ifindex index) const {
  return absl::StrCat(folder_, "/", name_, "_", index.value);
}

netlink::FilterPlace IngressGuard::PlaceAt(Ifindex index) const {
  return {.index = index, .hook = netlink::Hook::kIngress, .handle = handle_};
}

// In front of all others, pinned over an earlier link, which goes only then.
absl::StatusOr<IngressGuard::Attached> IngressGuard::AttachTcx(Ifindex index, const Program& program) {
  ASSIGN_OR_RETURN(bpf::TcxLink link, bpf::TcxLink::AttachFirst(index, program.fd.get()));
  std::string path = PinPath(index);
  std::string next = absl::StrCat(path, "_next");
  ::unlink(next.c_str());
  RETURN_IF_ERROR(link.Pin(next));
  if (::rename(next.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("renaming ", next));
  }
  return Attached{.link = std::move(link), .program = program.id};
}

// NOT_FOUND: there is no link, or it is not attached to this device any more.
absl::StatusOr<IngressGuard::Attached> IngressGuard::AdoptTcx(Ifindex index, const Program& program) {
  ASSIGN_OR_RETURN(bpf::TcxLink link, bpf::TcxLink::OpenPinned(PinPath(index)));
  ASSIGN_OR_RETURN(Ifindex device, link.Device());
  if (device != index) return absl::NotFoundError("the device that it was attached to is gone");
  RETURN_IF_ERROR(link.Update(program.fd.get()));
  return Attached{.link = std::move(link), .program = program.id};
}

absl::Status IngressGuard::Ensure(Ifindex index) {
  if (attached_.contains(index)) return absl::OkStatus();
  ASSIGN_OR_RETURN(Program program, load_());
  if (!use_tcx_) {
    RETURN_IF_ERROR(netlink::EnsureFilter(socket_, PlaceAt(index), program.fd.get()));
    attached_[index] = Attached{.link = std::nullopt, .program = program.id};
    return absl::OkStatus();
  }
  auto adopted = AdoptTcx(index, program);
  if (absl::IsNotFound(adopted.status())) adopted = AttachTcx(index, program);
  if (!adopted.ok()) return adopted.status();
  attached_[index] = *std::move(adopted);
  return absl::OkStatus();
}

absl::Status IngressGuard::Remove(Ifindex index) {
  attached_.erase(index);
  if (!use_tcx_) return netlink::RemoveFilter(socket_, PlaceAt(index));
  if (::unlink(PinPath(index).c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("removing ", PinPath(index)));
}

void IngressGuard::Check() {
  for (auto& [index, attached] : attached_) {
    if (use_tcx_) {
      CheckTcx(index, attached);
    } else {
      CheckFilter(index, attached);
    }
  }
}

void IngressGuard::CheckTcx(Ifindex index, Attached& attached) {
  auto programs = bpf::QueryTcx(index);
  // The device is gone; news of it will come.
  if (!programs.ok()) return;
  if (IsFirst(*programs, attached.program, handle_ != netlink::FilterPlace::kHandle)) return;
  bool is_there = std::find(programs->begin(), programs->end(), attached.program) != programs->end();
  spdlog::warn("{} guard of link {} is {}; putting it back", name_, index.value,
               is_there ? "not first any more" : "gone");
  // The kernel takes the same program only once per device.
  auto program = load_();
  absl::Status status = program.status();
  if (status.ok()) {
    auto again = AttachTcx(index, *program);
    if (again.ok()) attached = *std::move(again);
    status = again.status();
  }
  if (!status.ok()) spdlog::error("{} guard of link {}: {}", name_, index.value, status.ToString());
}

void IngressGuard::CheckFilter(Ifindex index, Attached& attached) {
  auto program = netlink::FindFilter(socket_, PlaceAt(index));
  if (!program.ok() || *program == attached.program) return;
  auto again = load_();
  if (!again.ok()) return;
  absl::Status status = netlink::EnsureFilter(socket_, PlaceAt(index), again->fd.get());
  if (absl::IsNotFound(status)) return;
  spdlog::warn("{} guard of link {} was gone; put back: {}", name_, index.value, status.ToString());
  if (status.ok()) attached.program = again->id;
}

std::vector<Ifindex> IngressGuard::Devices() const {
  std::set<Ifindex> devices;
  for (const auto& [index, attached] : attached_) devices.insert(index);
  DIR* stream = ::opendir(folder_.c_str());
  while (const dirent* entry = stream == nullptr ? nullptr : ::readdir(stream)) {
    absl::string_view file(entry->d_name);
    Ifindex index;
    if (absl::ConsumePrefix(&file, absl::StrCat(name_, "_")) && absl::SimpleAtoi(file, &index.value)) {
      devices.insert(index);
    }
  }
  if (stream != nullptr) ::closedir(stream);
  return {devices.begin(), devices.end()};
}

}  // namespace nsm::dataplane
