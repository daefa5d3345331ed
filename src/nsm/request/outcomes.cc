// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/outcomes.h"

#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

// What a caller may send is 256 KiB, and what a hop behind us answers is text without a limit.
constexpr size_t kLongestText = 2048;

std::string Cut(absl::string_view text) { return std::string(text.substr(0, kLongestText)); }

}  // namespace

void Outcomes::Failed(const Connection& asked, const absl::Status& reason) {
  const PathSegment* hop = CurrentSegment(asked);  // none where it is refused for its path
  Failure failure{.time = clock_.Now(),
                  .hop = hop == nullptr ? "" : Cut(hop->name()),
                  .id = Cut(asked.id()),
                  .service = Cut(asked.network_service()),
                  .endpoint = Cut(asked.network_service_endpoint_name()),
                  .reason = absl::Status(reason.code(), Cut(reason.message()))};
  MutexLock lock(mutex_);
  failures_.push_back(std::move(failure));
  if (failures_.size() > kFailures) failures_.pop_front();
}

nlohmann::json Outcomes::Failures() const {
  nlohmann::json json = nlohmann::json::array();
  MutexLock lock(mutex_);
  for (const Failure& failure : failures_) {
    json.push_back({{"time", absl::FormatTime(absl::RFC3339_sec, failure.time, absl::UTCTimeZone())},
                    {"hop", failure.hop},
                    {"id", failure.id},
                    {"service", failure.service},
                    {"endpoint", failure.endpoint},
                    {"code", absl::StatusCodeToString(failure.reason.code())},
                    {"reason", std::string(failure.reason.message())}});
  }
  return json;
}

}  // namespace nsm
