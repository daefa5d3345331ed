// SPDX-License-Identifier: Apache-2.0
// Element: LOCAL mechanisms name namespaces of this host, which are for callers on this host only, those that
// came over a unix socket. Each hop that takes calls over TCP has it: behind it, calls look local.
#pragma once

#include "src/nsm/request/chain.h"

namespace nsm {

class RefuseRemoteKernel final : public Element {
 public:
  // From others a LOCAL mechanism is PERMISSION_DENIED, and LOCAL preferences are left out while there are
  // others to choose from.
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;
};

}  // namespace nsm
