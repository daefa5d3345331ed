// SPDX-License-Identifier: Apache-2.0
// An identity from files, looked at once a second: whoever writes them may do so in any order and at any
// time. Until all of them fit together what was read before goes on, and a log line says what does not.
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "src/core/mutex.h"
#include "src/nsm/identity/spiffe_identity.h"

namespace nsm {

class SvidFiles {
 public:
  struct Paths {
    std::string svid;     // PEM: the certificate, then those that lead to its root
    std::string key;      // PEM
    std::string bundles;  // folder: TRUST-DOMAIN.pem has the authorities of that domain, ours among them
  };
  // All that there is now; an error names the file.
  static absl::StatusOr<SpiffeIdentity::State> Read(const Paths& paths);

  // Tells of each later state that differs from `read`, from a thread of its own.
  SvidFiles(Paths paths, SpiffeIdentity::State read, std::function<absl::Status(SpiffeIdentity::State)> tell);
  ~SvidFiles();

 private:
  void Run() EXCLUDES(mutex_);
  void Look();

  const Paths paths_;
  const std::function<absl::Status(SpiffeIdentity::State)> tell_;
  SpiffeIdentity::State last_;  // of the thread
  absl::Status trouble_;        // of the thread: what was logged last
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace nsm
