// SPDX-License-Identifier: Apache-2.0
// Element: endpoints of this node are known to the domain by this NSMgr's URL and on this node by their own.
//
// Register passes our URL on and keeps the real one; Find puts the real one into the answers. An answer with
// our URL about an endpoint that we do not know is from a life before ours and is dropped.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "src/core/url.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm::nsmgr {

class LocalBypass final : public RegistryElement<EndpointKind> {
 public:
  // `published` is where other nodes reach this NSMgr.
  explicit LocalBypass(const Url& published);
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) override;
  std::shared_ptr<FindCall> Find(const Context& context, ::registry::NetworkServiceEndpointQuery query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind> next) override;

  // Names and real URLs.
  std::map<std::string, std::string> List() const;

 private:
  class Known;
  const std::string published_;
  const std::shared_ptr<Known> known_;  // shared with searches, whose last answers may come late
};

}  // namespace nsm::nsmgr
