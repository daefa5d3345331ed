// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/context.h"

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/wire.h"

namespace nsm {
namespace {

constexpr absl::Duration kDefaultDeadline = absl::Seconds(15);

std::string Metadata(const grpc::ServerContextBase& call, const char* key) {
  auto it = call.client_metadata().find(key);
  return it == call.client_metadata().end() ? "" : std::string(it->second.data(), it->second.size());
}

}  // namespace

Context ContextFromCall(const grpc::ServerContextBase& call, const Door& door, const Clock& clock) {
  Context context;
  context.is_called = true;
  context.call = &call;
  context.caller.is_local = door.entrants == Entrants::kNode || door.entrants == Entrants::kPod;
  context.caller.is_operator = door.entrants == Entrants::kOperator;
  context.caller.pod = door.pod;
  context.caller.peer = PeerOf(call);
  if (door.pod != nullptr) {
    context.caller.pod_folder = std::filesystem::path(door.url.path).parent_path().string();
  }
  context.caller.token = Metadata(call, kTokenHeader);
  std::string error;
  absl::ParseTime(absl::RFC3339_full, Metadata(call, kTokenExpiresHeader), &context.caller.token_expires,
                  &error);
  bool has_deadline = call.deadline() != std::chrono::system_clock::time_point::max();
  context.deadline = has_deadline ? absl::FromChrono(call.deadline()) : clock.Now() + kDefaultDeadline;
  return context;
}

absl::Status CheckLimits(const Caller& caller) {
  return CheckText(absl::StrCat("metadata.", kTokenHeader), caller.token, limits::kToken);
}

}  // namespace nsm
