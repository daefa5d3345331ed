// SPDX-License-Identifier: Apache-2.0
// Dns that remembers what another one said.
//
// One connection makes several searches, so an answer, also NOT_FOUND, counts for a second. What was known is
// used for up to ten minutes while no name server answers: then a server is waited for only shortly, and only
// once a second.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {

// Answers to one kind of question. Thread safe.
template <typename Record>
class AnswerCache {
 public:
  using Answer = absl::StatusOr<std::vector<Record>>;  // records or NOT_FOUND; other errors are not kept
  Answer Find(const Clock& clock, const std::string& name, absl::Time deadline,
              const std::function<Answer(absl::Time)>& ask) EXCLUDES(mutex_);

 private:
  struct Known {
    Answer answer;
    absl::Duration came;   // of Clock::Elapsed
    absl::Duration asked;  // last; also if nothing came
  };
  void Keep(const std::string& name, const Answer& answer, absl::Duration now) REQUIRES(mutex_);

  Mutex mutex_;
  std::map<std::string, Known> known_ GUARDED_BY(mutex_);
};

class CachedDns final : public Dns {
 public:
  // Both outlive this.
  CachedDns(Dns& dns, const Clock& clock) : dns_(dns), clock_(clock) {}
  absl::StatusOr<std::vector<IpAddress>> FindAddresses(const std::string& host, absl::Time deadline) override;
  absl::StatusOr<std::vector<SrvRecord>> FindServices(const std::string& name, absl::Time deadline) override;

 private:
  Dns& dns_;
  const Clock& clock_;
  AnswerCache<IpAddress> addresses_;
  AnswerCache<SrvRecord> services_;
};

}  // namespace nsm::proxy
