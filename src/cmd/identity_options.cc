// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/identity_options.h"

#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/cmd/program.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/identity/spiffe_identity.h"
#include "src/nsm/identity/svid_files.h"
#include "src/nsm/identity/workload_api.h"

namespace nsm::cmd {
namespace {

class Insecure final : public ProgramIdentity {
 public:
  Insecure(const std::string& name, absl::Duration token_lifetime, const Clock& clock)
      : identity_(name, token_lifetime, clock) {}
  Identity& identity() override { return identity_; }

 private:
  InsecureIdentity identity_;
};

class FromFiles final : public ProgramIdentity {
 public:
  FromFiles(std::unique_ptr<SpiffeIdentity> identity, SvidFiles::Paths paths, SpiffeIdentity::State read)
      : identity_(std::move(identity)),
        files_(std::move(paths), std::move(read),
               [this](SpiffeIdentity::State state) { return identity_->Replace(std::move(state)); }) {}
  Identity& identity() override { return *identity_; }

 private:
  const std::unique_ptr<SpiffeIdentity> identity_;
  SvidFiles files_;
};

class FromAgent final : public ProgramIdentity {
 public:
  FromAgent(const Url& agent, absl::Duration token_lifetime, const Clock& clock)
      : token_lifetime_(token_lifetime),
        clock_(clock),
        first_(::eventfd(0, EFD_CLOEXEC)),
        agent_(agent, [this](SpiffeIdentity::State state) { return Take(std::move(state)); }) {}
  // False where the program is to end before.
  bool AwaitFirst() const { return !SignalBefore(first_.get()); }
  Identity& identity() override {
    MutexLock lock(mutex_);
    return *identity_;
  }

 private:
  absl::Status Take(SpiffeIdentity::State state) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (identity_ != nullptr) return identity_->Replace(std::move(state));
    ASSIGN_OR_RETURN(identity_, SpiffeIdentity::Create(std::move(state), token_lifetime_, clock_));
    ::eventfd_write(first_.get(), 1);
    return absl::OkStatus();
  }

  const absl::Duration token_lifetime_;
  const Clock& clock_;
  const UniqueFd first_;  // can be read when it has come
  Mutex mutex_;
  std::unique_ptr<SpiffeIdentity> identity_ GUARDED_BY(mutex_);
  WorkloadApi agent_;  // goes before what it tells
};

absl::StatusOr<std::unique_ptr<ProgramIdentity>> OpenFiles(const IdentityOptions& options,
                                                           absl::Duration token_lifetime,
                                                           const Clock& clock) {
  SvidFiles::Paths paths = {.svid = options.svid,
                            .key = options.svid_key.empty() ? options.svid : options.svid_key,
                            .bundles = options.trust_bundles};
  if (paths.bundles.empty()) {
    return absl::InvalidArgumentError(
        "--trust-bundles (NSM_TRUST_BUNDLES) is missing: the folder with TRUST-DOMAIN.pem of each domain "
        "that is "
        "trusted, our own among them");
  }
  ASSIGN_OR_RETURN(SpiffeIdentity::State first, SvidFiles::Read(paths));
  ASSIGN_OR_RETURN(std::unique_ptr<SpiffeIdentity> identity,
                   SpiffeIdentity::Create(first, token_lifetime, clock));
  return std::make_unique<FromFiles>(std::move(identity), std::move(paths), std::move(first));
}

absl::StatusOr<std::unique_ptr<ProgramIdentity>> OpenAgent(const IdentityOptions& options,
                                                           absl::Duration token_lifetime,
                                                           const Clock& clock) {
  absl::StatusOr<Url> agent = Url::Parse(options.workload_api);
  if (!agent.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--workload-api (SPIFFE_ENDPOINT_SOCKET): ", agent.status().message()));
  }
  auto identity = std::make_unique<FromAgent>(*agent, token_lifetime, clock);
  spdlog::info("waiting for an identity from {}", agent->ToString());
  if (!identity->AwaitFirst()) return absl::CancelledError("ended before it had an identity");
  return identity;
}

}  // namespace

void IdentityOptions::AddTo(CommandLine& command_line) {
  if (const char* socket = std::getenv("SPIFFE_ENDPOINT_SOCKET"); socket != nullptr) workload_api = socket;
  command_line.Flag("--insecure", &insecure,
                    "speak plaintext, without identities; none of the following counts");
  command_line.Text("--workload-api", &workload_api,
                    "the agent that gives this program its identity, unix:///PATH or tcp://ADDRESS:PORT; by "
                    "default the environment's SPIFFE_ENDPOINT_SOCKET");
  command_line.Text("--svid", &svid,
                    "instead of an agent: file with this program's certificate and those that lead to its "
                    "root (PEM); looked at again every second, as are the next two");
  command_line.Text("--svid-key", &svid_key, "file with its key (PEM); by default that of --svid");
  command_line.Text("--trust-bundles", &trust_bundles,
                    "folder with the authorities of each trust domain that is trusted, as TRUST-DOMAIN.pem");
}

absl::StatusOr<std::unique_ptr<ProgramIdentity>> ProgramIdentity::Open(const IdentityOptions& options,
                                                                       const std::string& name,
                                                                       absl::Duration token_lifetime,
                                                                       const Clock& clock) {
  if (options.insecure) return std::make_unique<Insecure>(name, token_lifetime, clock);
  if (options.svid.empty() && options.workload_api.empty()) {
    return absl::FailedPreconditionError(
        "no source of identities: expected --workload-api (SPIFFE_ENDPOINT_SOCKET), or --svid and "
        "--trust-bundles (NSM_SVID, NSM_TRUST_BUNDLES), or --insecure (NSM_INSECURE=true) to do without");
  }
  absl::StatusOr<std::unique_ptr<ProgramIdentity>> opened = options.svid.empty()
                                                                ? OpenAgent(options, token_lifetime, clock)
                                                                : OpenFiles(options, token_lifetime, clock);
  if (opened.ok()) spdlog::info("{} is {}", name, (*opened)->identity().id());
  return opened;
}

}  // namespace nsm::cmd
