// SPDX-License-Identifier: Apache-2.0
// What all programs do the same way: common options, start, wait for a signal, exit code.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/cmd/command_line.h"
#include "src/cmd/identity_options.h"
#include "src/nsm/identity/policies.h"

namespace nsm::cmd {

struct CommonOptions {
  std::string name;  // of this hop; stable over restarts, and another one for each program
  std::string log_level = "info";
  IdentityOptions identity = {};
  Policies policies = {};
  absl::Duration max_token_lifetime = absl::Minutes(10);
  absl::Duration dial_timeout = absl::Milliseconds(750);

  void AddTo(CommandLine& command_line);
};

// Where nsmctl finds the program, beside the unix sockets that it serves its node on.
void AddAdminListenOn(CommandLine& command_line, std::vector<Url>* value);

// Blocks SIGTERM and SIGINT for the whole process, so that only WaitForSignal takes them; sets up logging.
// Call before anything that makes threads.
absl::Status StartProcess(const std::string& program, const std::string& log_level);
// The same for a hop, whose options must name it.
absl::Status StartProgram(const std::string& program, const CommonOptions& options);
// Who it is; after its start.
absl::StatusOr<std::unique_ptr<ProgramIdentity>> OpenIdentity(const CommonOptions& options,
                                                              const Clock& clock);
// Returns when SIGTERM or SIGINT has come.
void WaitForSignal();
// True when one of them has come, false when `fd` can be read before.
bool SignalBefore(int fd);
// Prints the error, if any, and says what main is to return.
int ExitCode(const std::string& program, const absl::Status& status);

}  // namespace nsm::cmd
