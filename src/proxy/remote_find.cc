// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/remote_find.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/core/mutex.h"
#include "src/nsm/registry/grpc_find.h"
#include "src/nsm/registry/registry_own_domain.h"
#include "src/nsm/rpc/deadline.h"

namespace nsm::proxy {
namespace {

// The rest of the time is for asking what was resolved.
constexpr absl::Duration kLongestResolve = absl::Seconds(5);
absl::Time ResolveDeadline(absl::Time deadline) {
  absl::Time now = absl::Now();
  return now + std::min((deadline - now) / 2, kLongestResolve);
}

template <typename Kind>
class RemoteFind final : public FindCall, public std::enable_shared_from_this<RemoteFind<Kind>> {
 public:
  RemoteFind(const RemoteParts& parts, std::string domain, absl::Time deadline, typename Kind::Query query,
             std::shared_ptr<FindSink<Kind>> sink)
      : parts_(parts),
        domain_(std::move(domain)),
        deadline_(std::min(deadline, absl::Now() + kLongestRegistryCall)),
        query_(std::move(query)),
        sink_(AddDomainTo<Kind>(std::move(sink), domain_)) {}

  void Resolve() EXCLUDES(mutex_) {
    if (cancelled()) return sink_->OnDone(absl::CancelledError("the search was cancelled"));
    auto urls = parts_.resolver.FindRegistry(domain_, ResolveDeadline(deadline_));
    if (!urls.ok()) return sink_->OnDone(urls.status());
    urls_ = *std::move(urls);
    // One that is connected is alive: what is dead and comes before it would cost its time in every search.
    std::stable_partition(urls_.begin(), urls_.end(), [this](const Url& url) {
      return parts_.channels.Get(url, Peers::kFederated)->GetState(/*try_to_connect=*/false) ==
             GRPC_CHANNEL_READY;
    });
    TryNext();
  }

  void Cancel() override EXCLUDES(mutex_) {
    std::shared_ptr<FindCall> attempt;
    {
      MutexLock lock(mutex_);
      cancelled_ = true;
      attempt = attempt_;
    }
    if (attempt != nullptr) attempt->Cancel();
  }

 private:
  // One address's answers.
  class Attempt final : public FindSink<Kind> {
   public:
    explicit Attempt(std::shared_ptr<RemoteFind> find) : find_(std::move(find)) {}
    void OnFound(typename Kind::Response response) override {
      answered_ = true;
      find_->sink_->OnFound(std::move(response));
    }
    void OnDone(absl::Status status) override { find_->OnAttemptDone(std::move(status), answered_); }

   private:
    const std::shared_ptr<RemoteFind> find_;
    bool answered_ = false;
  };

  void TryNext() EXCLUDES(mutex_) {
    const absl::Time limit = ShareOfDeadline(deadline_, absl::Now(), urls_.size() - tried_);
    const Url url = urls_[tried_++];
    const size_t number = tried_;
    auto sink = std::make_shared<Attempt>(this->shared_from_this());
    std::shared_ptr<FindCall> attempt = StartGrpcFind<Kind>(
        parts_.channels, parts_.channels.Get(url, Peers::kFederated), url, limit, query_, std::move(sink));
    std::shared_ptr<FindCall> before;
    bool was_cancelled;
    {
      MutexLock lock(mutex_);
      // The one before goes, and with it its channel, which would try to connect for as long as this lasts.
      // It may have ended, and the next one begun, by now.
      if (number > number_) {
        before = std::exchange(attempt_, attempt);
        number_ = number;
      }
      was_cancelled = cancelled_;
    }
    if (was_cancelled) attempt->Cancel();
  }

  void OnAttemptDone(absl::Status status, bool answered) EXCLUDES(mutex_) {
    if (status.ok() || cancelled()) return sink_->OnDone(std::move(status));
    errors_.push_back(std::string(status.message()));
    // One that has answered in part may not be mixed with another.
    if (!answered && tried_ < urls_.size()) return TryNext();
    sink_->OnDone(
        absl::Status(status.code(), absl::StrCat("domain ", domain_, ": ", absl::StrJoin(errors_, "; "))));
  }

  bool cancelled() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return cancelled_;
  }

  const RemoteParts parts_;
  const std::string domain_;
  const absl::Time deadline_;
  const typename Kind::Query query_;
  const std::shared_ptr<FindSink<Kind>> sink_;
  // Attempts follow one another, so this needs no lock.
  std::vector<Url> urls_;
  size_t tried_ = 0;
  std::vector<std::string> errors_;

  mutable Mutex mutex_;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<FindCall> attempt_ GUARDED_BY(mutex_);  // the last one,
  size_t number_ GUARDED_BY(mutex_) = 0;                  // and which that is, from 1 on
};

}  // namespace

template <typename Kind>
std::shared_ptr<FindCall> StartRemoteFind(const RemoteParts& parts, std::string domain, absl::Time deadline,
                                          typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink) {
  auto find = std::make_shared<RemoteFind<Kind>>(parts, std::move(domain), deadline, std::move(query),
                                                 std::move(sink));
  parts.workers.Run([find] { find->Resolve(); });
  return find;
}

template std::shared_ptr<FindCall> StartRemoteFind<ServiceKind>(const RemoteParts&, std::string, absl::Time,
                                                                ServiceKind::Query,
                                                                std::shared_ptr<FindSink<ServiceKind>>);
template std::shared_ptr<FindCall> StartRemoteFind<EndpointKind>(const RemoteParts&, std::string, absl::Time,
                                                                 EndpointKind::Query,
                                                                 std::shared_ptr<FindSink<EndpointKind>>);

}  // namespace nsm::proxy
