// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/program.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>

#include <cstring>
#include <iostream>

#include "absl/synchronization/mutex.h"
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
  command_line.Flag("--insecure", &insecure, "speak plaintext, without identities");
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
  return SetUpLogging(program, log_level);
}

absl::Status StartProgram(const std::string& program, const CommonOptions& options) {
  RETURN_IF_ERROR(StartProcess(program, options.log_level));
  if (options.name.empty()) return absl::InvalidArgumentError("--name (NSM_NAME) must not be empty");
  if (!options.insecure) {
    return absl::FailedPreconditionError(
        "no source of identities: this version speaks plaintext only, and only when told so by --insecure "
        "(NSM_INSECURE=true)");
  }
  spdlog::warn("{} runs insecure: plaintext, no identities", options.name);
  return absl::OkStatus();
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
