// SPDX-License-Identifier: Apache-2.0
// An API server behind HTTP/1.1, with or without TLS.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "src/kubernetes/access.h"
#include "src/kubernetes/api.h"

namespace nsm::kubernetes {

struct HttpApiOptions {
  absl::Duration call_timeout = absl::Seconds(10);  // of each call; of a Watch, until it is open
  absl::Duration watch_time = absl::Minutes(5);     // after which a Watch is opened anew at the latest
  int page_size = 500;                              // of List
};

// Nothing is dialled before the first call.
std::unique_ptr<Api> NewHttpApi(Access access, HttpApiOptions options = {});

}  // namespace nsm::kubernetes
