// SPDX-License-Identifier: Apache-2.0
// Element: what is named "name@domain" is looked for in that domain, all else in the rest of the chain.
//
// The other domain is asked without "@domain", and its answers get it. Its URLs are left as they are.
#pragma once

#include "src/nsm/registry/registry_chain.h"
#include "src/proxy/remote_find.h"

namespace nsm::proxy {

template <typename Kind>
class RemoteDomains final : public RegistryElement<Kind> {
 public:
  explicit RemoteDomains(const RemoteParts& parts) : parts_(parts) {}
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override;

 private:
  const RemoteParts parts_;
};

}  // namespace nsm::proxy
