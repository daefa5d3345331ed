// SPDX-License-Identifier: Apache-2.0
// Element: tells endpoints which addresses are not to be given, since the client's domain uses them
// otherwise.
#pragma once

#include "src/nsm/request/chain.h"
#include "src/nsmgr/prefix_list.h"

namespace nsm::nsmgr {

class ExcludePrefixes final : public Element {
 public:
  // `excluded` outlives this.
  explicit ExcludePrefixes(const PrefixList& excluded) : excluded_(excluded) {}
  // For this node's clients: adds the prefixes to those that the client excludes itself.
  absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override;

 private:
  const PrefixList& excluded_;
};

}  // namespace nsm::nsmgr
