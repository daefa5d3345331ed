// SPDX-License-Identifier: Apache-2.0
// A hop without identities that has all it needs with it.
#pragma once

#include <string>
#include <utility>

#include "src/core/clock.h"
#include "src/nsm/hop/hop.h"
#include "src/nsm/identity/insecure_identity.h"

namespace nsm {

// In front of the hop, which goes before them.
struct TestHopNeeds {
  TestHopNeeds(const std::string& name, absl::Duration token_lifetime) : own(name, token_lifetime, time) {}
  SystemClock time;
  InsecureIdentity own;
};

struct TestHop : private TestHopNeeds, public Hop {
  TestHop(const std::string& name, absl::Duration token_lifetime, absl::Duration dial_timeout)
      : TestHopNeeds(name, token_lifetime), Hop(name, time, own, dial_timeout) {}
};

}  // namespace nsm
