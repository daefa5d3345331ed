// SPDX-License-Identifier: Apache-2.0
// Element: a connection whose caller does not refresh it before its token expires is closed. A caller whose
// clock is too far from ours (src/nsm/wire/expiry.h) is refused.
#pragma once

#include "src/core/clock.h"
#include "src/nsm/request/chain.h"
#include "src/nsm/request/lives.h"

namespace nsm {

class Timeout final : public Element {
 public:
  Timeout(const Clock& clock, Lives& lives) : clock_(clock), lives_(lives) {}
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
  absl::Status Close(Context& context, Connection connection, Next next) override;

 private:
  const Clock& clock_;
  Lives& lives_;
};

}  // namespace nsm
