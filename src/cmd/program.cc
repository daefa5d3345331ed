// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/program.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>

#include <cstring>
#include <iostream>

#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "src/cmd/grpc_log.h"
#include "src/core/log.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"

namespace nsm::cmd {
namespace {

sigset_t EndingSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  return signals;
}

}  // namespace

void CommonOptions::AddTo(CommandLine& command_line) {
  command_line.Text("--name", &name,
                    "name of this hop: stable over restarts, different from all other programs'");
  command_line.Text("--log-level", &log_level, "debug, info, warn, error or off");
  identity.AddTo(command_line);
  command_line.Parsed("--policies", "",
                      "rules that the tokens of callers must keep, separated by commas, where there are "
                      "identities: common/tokens_valid, common/tokens_expired, common/tokens_chained, "
                      "server/prev_token_signed, client/next_token_signed; all by default",
                      [this](const std::string& text) -> absl::Status {
                        if (text.empty()) return absl::OkStatus();
                        ASSIGN_OR_RETURN(policies, Policies::Of(absl::StrSplit(text, ',')));
                        return absl::OkStatus();
                      });
  command_line.Duration("--max-token-lifetime", &max_token_lifetime,
                        "how long a connection or registration lives without a refresh");
  command_line.Duration("--dial-timeout", &dial_timeout,
                        "how long to wait for a connection to another program");
}

void AddAdminListenOn(CommandLine& command_line, std::vector<Url>* value) {
  command_line.UrlList("--admin-listen-on", value,
                       "addresses for nsmctl: unix:///PATH or tcp://127.0.0.1:PORT; beside these, the "
                       "unix sockets that the program serves");
}

absl::Status StartProcess(const std::string& program, const std::string& log_level) {
  // Debian's absl looks for deadlocks in every lock that gRPC takes, at a tenth of all time.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  sigset_t signals = EndingSignals();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  LogWhatGrpcSays();
  return SetUpLogging(program, log_level);
}

absl::Status StartProgram(const std::string& program, const CommonOptions& options) {
  RETURN_IF_ERROR(StartProcess(program, options.log_level));
  if (options.name.empty()) return absl::InvalidArgumentError("--name (NSM_NAME) must not be empty");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ProgramIdentity>> OpenIdentity(const CommonOptions& options,
                                                              const Clock& clock) {
  if (options.identity.insecure) spdlog::warn("{} runs insecure: plaintext, no identities", options.name);
  return ProgramIdentity::Open(options.identity, options.name, options.max_token_lifetime, clock);
}

void WaitForSignal() {
  sigset_t signals = EndingSignals();
  int signal = 0;
  ::sigwait(&signals, &signal);
  spdlog::info("{}: stopping", ::strsignal(signal));
}

bool SignalBefore(int fd) {
  sigset_t signals = EndingSignals();
  UniqueFd signalled(::signalfd(-1, &signals, SFD_CLOEXEC));
  pollfd waiting[] = {{.fd = signalled.get(), .events = POLLIN, .revents = 0},
                      {.fd = fd, .events = POLLIN, .revents = 0}};
  while (::poll(waiting, std::size(waiting), -1) <= 0) {
  }
  return waiting[0].revents != 0;
}

int ExitCode(const std::string& program, const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << program << ": " << status.message() << "\n";
  return 1;
}

}  // namespace nsm::cmd
