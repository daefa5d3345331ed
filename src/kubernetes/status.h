// SPDX-License-Identifier: Apache-2.0
// From the API server's errors (Kubernetes API conventions, "Response Status Kind") to ours, see api.h.
#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "src/kubernetes/object.h"

namespace nsm::kubernetes {

// Of an answer that is no success. `body` is a Status object, or anything that stands between us and the
// server says. `tried` opens the message: "updating networkservices a".
absl::Status ToStatus(int http_status, const std::string& body, absl::string_view tried);
// Of a Status object, as an ERROR event of a watch has it.
absl::Status ToStatus(const Json& status_object, absl::string_view tried);

// Says how long the server wants not to be asked again.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);
// None where the server said nothing.
std::optional<absl::Duration> RetryAfter(const absl::Status& status);

}  // namespace nsm::kubernetes
