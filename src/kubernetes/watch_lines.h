// SPDX-License-Identifier: Apache-2.0
// A watch's stream: one JSON event a line (Kubernetes, "API Concepts", "Efficient detection of changes"),
// in pieces that end anywhere.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/kubernetes/api.h"

namespace nsm::kubernetes {

// `tried` opens the messages. An ERROR event is the status that it carries; UNAVAILABLE: it is no event.
absl::StatusOr<WatchEvent> ParseWatchEvent(absl::string_view line, absl::string_view tried);

class WatchLines {
 public:
  explicit WatchLines(std::string tried) : tried_(std::move(tried)) {}
  // Calls `on_event` with those that the piece completes. An error ends the stream.
  absl::Status Take(absl::string_view piece, const Api::OnEvent& on_event);
  // Whether the stream so far ends with a whole line.
  bool is_whole() const { return rest_.empty(); }

 private:
  const std::string tried_;
  std::string rest_;  // the beginning of a line
};

}  // namespace nsm::kubernetes
