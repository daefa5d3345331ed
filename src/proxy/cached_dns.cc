// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cached_dns.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

namespace nsm::proxy {
namespace {

constexpr absl::Duration kFresh = absl::Seconds(1);
// As long as tokens, and so connections without a refresh, live by default.
constexpr absl::Duration kKept = absl::Minutes(10);
// How long a better answer than the one that is known may take.
constexpr absl::Duration kShortWait = absl::Milliseconds(300);
constexpr size_t kMostNames = 1000;

}  // namespace

template <typename Record>
typename AnswerCache<Record>::Answer AnswerCache<Record>::Find(const Clock& clock, const std::string& name,
                                                               absl::Time deadline,
                                                               const std::function<Answer(absl::Time)>& ask) {
  const absl::Duration begin = clock.Elapsed();
  std::optional<Known> known;
  {
    MutexLock lock(mutex_);
    auto it = known_.find(name);
    if (it != known_.end() && begin - it->second.came < kKept) known = it->second;
  }
  if (known && begin - known->asked < kFresh) return known->answer;
  Answer answer = ask(known ? std::min(deadline, clock.Now() + kShortWait) : deadline);
  const absl::Duration now = clock.Elapsed();
  MutexLock lock(mutex_);
  if (answer.ok() || absl::IsNotFound(answer.status())) {
    Keep(name, answer, now);
    return answer;
  }
  if (!known) return answer;
  spdlog::warn("{}; using what was known", answer.status().ToString());
  if (auto it = known_.find(name); it != known_.end()) it->second.asked = now;
  return known->answer;
}

template <typename Record>
void AnswerCache<Record>::Keep(const std::string& name, const Answer& answer, absl::Duration now) {
  std::erase_if(known_, [now](const auto& entry) { return now - entry.second.came >= kKept; });
  if (known_.size() >= kMostNames) known_.clear();
  known_.insert_or_assign(name, Known{answer, now, now});
}

template class AnswerCache<IpAddress>;
template class AnswerCache<SrvRecord>;

absl::StatusOr<std::vector<IpAddress>> CachedDns::FindAddresses(const std::string& host,
                                                                absl::Time deadline) {
  return addresses_.Find(clock_, host, deadline,
                         [&](absl::Time limit) { return dns_.FindAddresses(host, limit); });
}

absl::StatusOr<std::vector<SrvRecord>> CachedDns::FindServices(const std::string& name, absl::Time deadline) {
  return services_.Find(clock_, name, deadline,
                        [&](absl::Time limit) { return dns_.FindServices(name, limit); });
}

}  // namespace nsm::proxy
