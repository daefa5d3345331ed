// SPDX-License-Identifier: Apache-2.0
// Stores of two replicas of one registry, for the cases that all stores must pass.
#pragma once

#include <functional>
#include <memory>

#include "src/nsm/registry/store.h"
#include "tests/harness/fake_clock.h"

namespace nsm {

class StoreBench {
 public:
  virtual ~StoreBench() = default;
  // Of replica 0 or 1; the same one where there can be only one.
  virtual Store<ServiceKind>& services(int replica) = 0;
  virtual Store<EndpointKind>& endpoints(int replica) = 0;
  // Of both.
  virtual FakeClock& clock() = 0;
  // Runs what is due by the clock, at both.
  virtual void RunDue() = 0;
};

// Null: there is none here.
using MakeStoreBench = std::function<std::unique_ptr<StoreBench>()>;

}  // namespace nsm
