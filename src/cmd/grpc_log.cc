// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/grpc_log.h"

#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include "absl/strings/match.h"

namespace nsm::cmd {
namespace {

// Said of every handshake in which the client names the server: certificates of workloads have no host names.
constexpr char kNoHostName[] = "No match found for server name";

void Log(gpr_log_func_args* said) {
  if (absl::StrContains(said->message, kNoHostName)) return;
  spdlog::log(said->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug,
              "gRPC: {}", said->message);
}

}  // namespace

void LogWhatGrpcSays() { gpr_set_log_function(&Log); }

}  // namespace nsm::cmd
