// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/watch_lines.h"

#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/status.h"

namespace nsm::kubernetes {

absl::StatusOr<WatchEvent> ParseWatchEvent(absl::string_view line, absl::string_view tried) {
  using Type = WatchEvent::Type;
  static const std::map<std::string, Type> kTypes = {{"ADDED", Type::kAdded},
                                                     {"MODIFIED", Type::kModified},
                                                     {"DELETED", Type::kDeleted},
                                                     {"BOOKMARK", Type::kBookmark}};
  Json event = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!event.is_object() || !event.contains("object") || !event["object"].is_object()) {
    return absl::UnavailableError(absl::StrCat(tried, ": not an event: ", line.substr(0, 100)));
  }
  const std::string type = TextAt(event, "/type");
  if (type == "ERROR") return ToStatus(event["object"], tried);
  auto found = kTypes.find(type);
  if (found == kTypes.end()) {
    return absl::UnavailableError(absl::StrCat(tried, ": an event of the unknown type \"", type, "\""));
  }
  return WatchEvent{.type = found->second, .object = std::move(event["object"])};
}

absl::Status WatchLines::Take(absl::string_view piece, const Api::OnEvent& on_event) {
  for (size_t end = 0; (end = piece.find('\n')) != absl::string_view::npos; piece.remove_prefix(end + 1)) {
    absl::StrAppend(&rest_, piece.substr(0, end));
    const std::string line = std::exchange(rest_, "");
    if (absl::StripAsciiWhitespace(line).empty()) continue;
    ASSIGN_OR_RETURN(WatchEvent event, ParseWatchEvent(line, tried_));
    on_event(std::move(event));
  }
  absl::StrAppend(&rest_, piece);
  return absl::OkStatus();
}

}  // namespace nsm::kubernetes
