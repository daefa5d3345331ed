// SPDX-License-Identifier: Apache-2.0
// One of our programs in this process, put together as src/cmd does it, on sockets of its own.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "src/core/clock.h"
#include "src/core/url.h"
#include "src/nsm/wire/wire.h"
#include "tests/unit/golden/scene.h"

namespace nsm::golden {

class Program {
 public:
  // Where a peer is to be reached by TCP.
  using PeerUrl = std::function<Url(const std::string& peer)>;
  static std::unique_ptr<Program> Start(const Scene& scene, const PeerUrl& peer);
  virtual ~Program() = default;

  // Where it is reached from its own node, and from others.
  virtual Url local() const = 0;
  virtual Url remote() const = 0;
  // By which it sees and gives times, and by how much these may differ from the recording's.
  virtual const Clock& clock() const = 0;
  virtual absl::Duration tolerance() const { return absl::Seconds(15); }
  // Time goes on by so much. Nothing where the clock is the system's.
  virtual void Advance(absl::Duration) {}
  // How many searches it watches for others; none where what they find first tells that they are watched.
  virtual size_t watches() const { return 0; }
  // The tunnel that upstream's forwarder agreed to: ours chooses the same VNI if it wants the same parity.
  virtual void OfferVni(const Mechanism&) {}
};

}  // namespace nsm::golden
