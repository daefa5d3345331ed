// SPDX-License-Identifier: Apache-2.0
// Element: ends the registration of an endpoint that is not renewed in time.
//
// An entry lives until the soonest of: the caller's token expires, the default life has passed, the time that
// the caller asked for, the time that the registry behind us has given. Each is judged by the clock of who
// said it (src/nsm/wire/expiry.h), and the answer says it by ours. A removal that fails is tried again, until
// it succeeds or the entry is renewed. All calls for one name go one after the other; the only place that
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

  absl::StatusOr<absl::Duration> LifeToAskFor(const Context& context, const Entry& entry) const;

  const Clock& clock_;
  const absl::Duration default_life_;
  const std::shared_ptr<Names> names_;
};

}  // namespace nsm
