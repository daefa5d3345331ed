// SPDX-License-Identifier: Apache-2.0
// Answers one request of an API server: reads it, finds out what it takes to decide, decides, and logs what
// was refused.
#pragma once

#include <string>

#include "src/webhook/client_options.h"
#include "src/webhook/https_server.h"
#include "src/webhook/namespaces.h"

namespace nsm::webhook {

// Threading: thread safe.
class ReviewHandler {
 public:
  ReviewHandler(ClientOptions options, const Namespaces& namespaces)
      : options_(std::move(options)), namespaces_(namespaces) {}

  // 400 where nothing can be made of the body.
  HttpAnswer Handle(const std::string& body) const;

 private:
  const ClientOptions options_;
  const Namespaces& namespaces_;
};

}  // namespace nsm::webhook
