// SPDX-License-Identifier: Apache-2.0
// A connection to an API server: HTTP/1.1, one request after the other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/kubernetes/access.h"

namespace nsm::kubernetes {

struct HttpRequest {
  std::string method;
  std::string path;               // below the access's, with its query
  std::string body = {};          // none where it is empty
  std::string content_type = {};  // of that
  std::string token = {};         // bearer token; empty: none
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::optional<absl::Duration> retry_after;
};

// For an answer that has no end: where its pieces go, if it is a success.
struct HttpStream {
  std::function<void()> on_open;
  std::function<bool(absl::string_view piece)> on_piece;  // false: no more of it
};

// Threading: Send and IsUsable from one thread at a time, Abort from any.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  // Dials if need be, and waits for the answer. UNAVAILABLE: there is none, or not the whole of it; the
  // message says why. `silence`: how long each step of it may take, a read above all.
  virtual absl::StatusOr<HttpResponse> Send(const HttpRequest& request, absl::Duration silence,
                                            const HttpStream* stream) = 0;
  // Makes Send return, now or later. False when none is under way. A Send that is about to dial may not
  // notice: call again until it has returned.
  virtual bool Abort() = 0;
  // Whether it is open, and so that another request is worth trying.
  virtual bool IsUsable() = 0;
};

// Reads certificates, dials nothing. Errors of SetUpTls.
absl::StatusOr<std::shared_ptr<HttpConnection>> NewHttpConnection(const Access& access);

}  // namespace nsm::kubernetes
