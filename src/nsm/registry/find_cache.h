// SPDX-License-Identifier: Apache-2.0
// Element: a look-up that is made again and again is answered from what a watch tells.
//
// The first plain Find with a query goes on to the rest of the chain, and a watch with the same query starts
// beside it. Once that has told all that the Find has found, the next ones are answered from it and at once,
// until it ends, knows of nothing, or nobody has asked for a while. It is only as late as news from the
// registry.
//
// Threading: thread safe.
#pragma once

#include <memory>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

template <typename Kind>
class FindCache final : public RegistryElement<Kind> {
 public:
  // Clock and timers outlive this. `idle`: how long a watch stays open that nobody has used.
  FindCache(const Clock& clock, TimerQueue& timers, absl::Duration idle = absl::Seconds(1));
  // Ends all watches.
  ~FindCache() override;
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override;
  // How many look-ups are watched.
  size_t size() const;

 private:
  class Watched;
  class Watches;
  const Clock& clock_;
  const std::shared_ptr<Watches> watches_;  // what they tell may come late
};

}  // namespace nsm
