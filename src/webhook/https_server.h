// SPDX-License-Identifier: Apache-2.0
// HTTPS for an admission webhook: POST /mutate, and GET /healthz for kubelet.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "src/core/url.h"
#include "src/webhook/served_certificate.h"

namespace nsm::webhook {

struct HttpAnswer {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
};

class HttpsServer {
 public:
  // Called on several threads at once, and answers each in time (an API server waits for 10 s).
  using Handler = std::function<HttpAnswer(const std::string& body)>;

  // Bodies that are longer, or take longer to come, are not taken.
  struct Limits {
    size_t body = 8 * 1024 * 1024;  // an object of etcd's greatest size, twice, and what is around it
    absl::Duration time = absl::Seconds(10);
  };

  // An empty host is every address of this one; port 0 is any that is free. UNAVAILABLE: it cannot be had.
  static absl::StatusOr<std::unique_ptr<HttpsServer>> Start(const HostPort& address,
                                                            const ServedCertificate& certificate,
                                                            Handler handler, Limits limits);
  virtual ~HttpsServer() = default;

  virtual uint16_t port() const = 0;
  // From now on it says that it is not healthy, so that nobody begins with it, but goes on to answer.
  virtual void BeginEnd() = 0;
};

}  // namespace nsm::webhook
