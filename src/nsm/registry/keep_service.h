// SPDX-License-Identifier: Apache-2.0
// Element, the last of the services' chain: keeps them in a store, under the rule for what is there already.
//
// Every endpoint registers its services, and knows no more of one than its name and payload. So a
// registration without matches does not change a service that has some, whoever wrote them: the answer is the
// service as it stays. With matches it replaces what is there; the registry's operator replaces it in any
// case.
#pragma once

#include "src/nsm/registry/store.h"

namespace nsm {

class KeepService final : public RegistryElement<ServiceKind> {
 public:
  explicit KeepService(Store<ServiceKind>& store) : store_(store) {}
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<ServiceKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<ServiceKind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, ServiceKind::Query query,
                                 std::shared_ptr<FindSink<ServiceKind>> sink,
                                 RegistryNext<ServiceKind> next) override;

 private:
  Store<ServiceKind>& store_;
};

}  // namespace nsm
