// SPDX-License-Identifier: Apache-2.0
// Where a program has its identity from, and the identity itself as long as the program runs.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "src/cmd/command_line.h"
#include "src/core/clock.h"
#include "src/nsm/identity/identity.h"

namespace nsm::cmd {

struct IdentityOptions {
  bool insecure = false;
  std::string workload_api;  // of SPIFFE; a URL
  std::string svid;          // files, and a folder
  std::string svid_key;
  std::string trust_bundles;

  // Whether there is to be an identity, and from where.
  bool has_source() const { return !insecure && (!workload_api.empty() || !svid.empty()); }
  void AddTo(CommandLine& command_line);
};

// The identity, with what gives it new certificates.
class ProgramIdentity {
 public:
  // Waits for the agent to give the first certificate, until SIGTERM or SIGINT: CANCELLED. INVALID_ARGUMENT
  // and FAILED_PRECONDITION say what the options lack. `name` is that of the program where it is insecure.
  static absl::StatusOr<std::unique_ptr<ProgramIdentity>> Open(const IdentityOptions& options,
                                                               const std::string& name,
                                                               absl::Duration token_lifetime,
                                                               const Clock& clock);
  virtual ~ProgramIdentity() = default;
  virtual Identity& identity() = 0;
};

}  // namespace nsm::cmd
