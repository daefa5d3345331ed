// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/find_all.h"

#include <optional>

#include "absl/time/clock.h"
#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

template <typename Kind>
class CollectingSink final : public FindSink<Kind> {
 public:
  using Entries = std::vector<typename Kind::Entry>;

  void OnFound(typename Kind::Response response) override EXCLUDES(mutex_) {
    if (response.deleted()) return;
    MutexLock lock(mutex_);
    entries_.push_back(std::move(*Kind::MutableEntry(response)));
  }
  void OnDone(absl::Status status) override EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    status_ = std::move(status);
    done_.NotifyAll();
  }

  // None if the search has not ended by `deadline`.
  std::optional<absl::StatusOr<Entries>> Wait(absl::Time deadline) EXCLUDES(mutex_) {
    const absl::Duration end = Elapsed() + (deadline - absl::Now());
    MutexLock lock(mutex_);
    while (!status_) {
      absl::Duration left = end - Elapsed();
      if (left <= absl::ZeroDuration()) return std::nullopt;
      done_.WaitFor(mutex_, left);
    }
    if (!status_->ok()) return absl::StatusOr<Entries>(*status_);
    return absl::StatusOr<Entries>(std::move(entries_));
  }

 private:
  Mutex mutex_;
  CondVar done_;
  Entries entries_ GUARDED_BY(mutex_);
  std::optional<absl::Status> status_ GUARDED_BY(mutex_);
};

}  // namespace

template <typename Kind>
absl::StatusOr<std::vector<typename Kind::Entry>> FindAll(const RegistryNext<Kind>& next,
                                                          const Context& context,
                                                          typename Kind::Query query) {
  query.set_watch(false);
  auto sink = std::make_shared<CollectingSink<Kind>>();
  std::shared_ptr<FindCall> call = next.Find(context, std::move(query), sink);
  // Deadlines come from gRPC, which counts real time.
  auto found = sink->Wait(context.deadline);
  if (!found) {
    call->Cancel();
    return absl::DeadlineExceededError("the registry did not answer in time");
  }
  return *std::move(found);
}

absl::StatusOr<std::vector<NetworkService>> FindAll(const RegistryNext<ServiceKind>& next,
                                                    const Context& context, const NetworkService& wanted) {
  ::registry::NetworkServiceQuery query;
  *query.mutable_network_service() = wanted;
  return FindAll<ServiceKind>(next, context, std::move(query));
}

absl::StatusOr<std::vector<NetworkServiceEndpoint>> FindAll(const RegistryNext<EndpointKind>& next,
                                                            const Context& context,
                                                            const NetworkServiceEndpoint& wanted) {
  ::registry::NetworkServiceEndpointQuery query;
  *query.mutable_network_service_endpoint() = wanted;
  return FindAll<EndpointKind>(next, context, std::move(query));
}

template absl::StatusOr<std::vector<NetworkService>> FindAll<ServiceKind>(const RegistryNext<ServiceKind>&,
                                                                          const Context&,
                                                                          ::registry::NetworkServiceQuery);
template absl::StatusOr<std::vector<NetworkServiceEndpoint>> FindAll<EndpointKind>(
    const RegistryNext<EndpointKind>&, const Context&, ::registry::NetworkServiceEndpointQuery);

}  // namespace nsm
