// SPDX-License-Identifier: Apache-2.0
// Element, of who registers for others at a registry: ends there what is not renewed here in time.
//
// An entry lives for its RegistrationLife, or until the registry behind us ends it, by its clock, if that is
// sooner. The answer says it by ours. Who calls to renew it is alive, also when the registry behind us cannot
// be told: that counts as a renewal here. A removal that fails is tried again, until it succeeds or the entry
// is renewed. All calls for one name go one after the other; the only place that
// locks per name.
#pragma once

#include <memory>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

class RegistryExpire final : public RegistryElement<EndpointKind> {
 public:
  RegistryExpire(const Clock& clock, TimerQueue& timers, absl::Duration default_life = absl::Minutes(1));
  // Waits for an expiry that is at work.
  ~RegistryExpire() override;
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;

 private:
  class Names;

  const Clock& clock_;
  const absl::Duration default_life_;
  const std::shared_ptr<Names> names_;
};

}  // namespace nsm
