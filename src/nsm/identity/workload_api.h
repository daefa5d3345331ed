// SPDX-License-Identifier: Apache-2.0
// An identity from the agent of the node, such as SPIRE's. Source: SPIFFE, "SPIFFE Workload API".
//
// The stream stays open, and each message is a new state. Whatever ends it, it is opened again, after pauses
// that grow: an agent may be restarted, upgraded, or not know this workload yet. Meanwhile what it said last
// goes on.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "src/core/mutex.h"
#include "src/core/url.h"
#include "src/nsm/identity/spiffe_identity.h"

class X509SVIDResponse;

namespace nsm {

// What a message says; of several certificates the first. INVALID_ARGUMENT says what is wrong with it.
absl::StatusOr<SpiffeIdentity::State> StateOf(const ::X509SVIDResponse& message);

class WorkloadApi {
 public:
  // Tells of each state, from gRPC's threads, one after the other.
  WorkloadApi(const Url& agent, std::function<absl::Status(SpiffeIdentity::State)> tell);
  ~WorkloadApi();

 private:
  class Stream;
  void Run() EXCLUDES(mutex_);

  const Url agent_;
  const std::function<absl::Status(SpiffeIdentity::State)> tell_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Stream* stream_ GUARDED_BY(mutex_) = nullptr;  // that is open
  std::thread thread_;
};

}  // namespace nsm
