// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/service_watches.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "google/protobuf/util/message_differencer.h"
#include "src/core/mutex.h"
#include "src/nsm/registry/find_all.h"

namespace nsm::nsmgr {
namespace {

constexpr absl::Duration kPause = absl::Seconds(1);  // before a lost watch or a failed look-up is tried again
constexpr absl::Duration kIdle = absl::Seconds(1);  // a watch without connections stays open: others may come
constexpr absl::Duration kLookUpTimeout = absl::Seconds(5);

bool HasChoice(const std::optional<NetworkService>& service) {
  return service && !service->matches().empty();
}

std::map<std::string, std::string> LabelsOf(const NetworkServiceEndpoint& endpoint,
                                            const std::string& service) {
  auto of_service = endpoint.network_service_labels().find(service);
  if (of_service == endpoint.network_service_labels().end()) return {};
  return {of_service->second.labels().begin(), of_service->second.labels().end()};
}

ServiceKind::Query WatchOf(const std::string& service, ServiceKind) {
  ServiceKind::Query query;
  query.mutable_network_service()->set_name(service);
  query.set_watch(true);
  return query;
}
EndpointKind::Query WatchOf(const std::string& service, EndpointKind) {
  EndpointKind::Query query;
  query.mutable_network_service_endpoint()->add_network_service_names(service);
  query.set_watch(true);
  return query;
}

// Whether the service lets the client have that endpoint; true if it is not registered.
bool IsChosen(const NetworkService& service, const ServiceWatches::Choice& choice,
              const std::vector<NetworkServiceEndpoint>& endpoints) {
  auto endpoint = std::find_if(endpoints.begin(), endpoints.end(),
                               [&](const auto& found) { return found.name() == choice.endpoint; });
  return endpoint == endpoints.end() || !SelectEndpoints(service, choice.client_labels, {*endpoint}).empty();
}

}  // namespace

class ServiceWatches::State : public std::enable_shared_from_this<State> {
 public:
  State(const RegistryChain<ServiceKind>& services, const RegistryChain<EndpointKind>& endpoints,
        const Clock& clock, TimerQueue& timers)
      : services_(services), endpoints_(endpoints), clock_(clock), timers_(timers) {}

  void Watch(const std::string& id, Choice choice, Close close) EXCLUDES(mutex_);
  void Forget(const std::string& id) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);
  size_t connections() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return service_of_.size();
  }
  size_t watches() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return watched_.size();
  }

 private:
  template <typename Kind>
  class Sink;
  // A registry's watch; none while it is lost.
  template <typename Kind>
  struct Stream {
    std::shared_ptr<Sink<Kind>> sink;
    std::shared_ptr<FindCall> call;
  };
  struct Watcher {
    Choice choice;
    Close close;
    bool is_checked = false;  // against the service and the endpoint as they are
  };
  struct Watched {
    Stream<ServiceKind> of_service;
    Stream<EndpointKind> of_endpoints;                                 // where the service has a choice
    std::optional<NetworkService> service;                             // as last told
    std::map<std::string, std::map<std::string, std::string>> labels;  // of endpoints, as last told
    bool is_check_due = false;
    TimerId end = 0;                          // armed while there is no connection
    std::map<std::string, Watcher> watchers;  // by connection
  };

  void Remove(const std::string& id) REQUIRES(mutex_);
  template <typename Kind>
  void Open(const std::string& name) EXCLUDES(mutex_);
  void OnFound(const std::string& name, NetworkService service) EXCLUDES(mutex_);
  void OnFound(const std::string& name, const NetworkServiceEndpoint& endpoint) EXCLUDES(mutex_);
  // Without a service all its endpoints may be had, and nothing is closed.
  void OnDeleted(const std::string& /*name*/, const NetworkService& /*service*/) {}
  void OnDeleted(const std::string& name, const NetworkServiceEndpoint& endpoint) EXCLUDES(mutex_);
  template <typename Kind>
  void OnLost(const std::string& name, const Sink<Kind>& sink) EXCLUDES(mutex_);
  void EndIfUnused(const std::string& name) EXCLUDES(mutex_);
  static void CancelStreams(const Watched& watched);
  void CheckLater(const std::string& name, Watched& watched, absl::Duration pause) REQUIRES(mutex_);
  void Check(const std::string& name) EXCLUDES(mutex_);
  // Marks the others as checked; those that are to be closed.
  std::map<std::string, Close> TakeUnchosen(const NetworkService& service,
                                            const std::vector<NetworkServiceEndpoint>& endpoints)
      EXCLUDES(mutex_);
  RegistryNext<ServiceKind> ChainOf(ServiceKind) const { return services_.Begin(); }
  RegistryNext<EndpointKind> ChainOf(EndpointKind) const { return endpoints_.Begin(); }
  static Stream<ServiceKind>& StreamOf(Watched& watched, ServiceKind) { return watched.of_service; }
  static Stream<EndpointKind>& StreamOf(Watched& watched, EndpointKind) { return watched.of_endpoints; }
  // Runs a function on a worker, unless this is stopped by then.
  TimerId Later(absl::Duration pause, std::function<void()> function);

  const RegistryChain<ServiceKind>& services_;
  const RegistryChain<EndpointKind>& endpoints_;
  const Clock& clock_;
  TimerQueue& timers_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Watched> watched_ GUARDED_BY(mutex_);         // by service
  std::map<std::string, std::string> service_of_ GUARDED_BY(mutex_);  // by connection
  int running_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

template <typename Kind>
class ServiceWatches::State::Sink final : public FindSink<Kind> {
 public:
  Sink(std::weak_ptr<State> state, std::string name) : state_(std::move(state)), name_(std::move(name)) {}
  void OnFound(typename Kind::Response response) override {
    auto state = state_.lock();
    if (state == nullptr) return;
    if (response.deleted()) return state->OnDeleted(name_, Kind::GetEntry(response));
    state->OnFound(name_, std::move(*Kind::MutableEntry(response)));
  }
  void OnDone(absl::Status) override {
    if (auto state = state_.lock()) state->OnLost(name_, *this);
  }

 private:
  const std::weak_ptr<State> state_;
  const std::string name_;
};

void ServiceWatches::State::Watch(const std::string& id, Choice choice, Close close) {
  const std::string name = choice.service;
  {
    MutexLock lock(mutex_);
    if (stopped_) return;
    if (auto known = service_of_.find(id); known != service_of_.end() && known->second != name) Remove(id);
    service_of_[id] = name;
    const bool is_new = !watched_.contains(name);
    Watched& watched = watched_[name];
    timers_.Cancel(std::exchange(watched.end, 0));
    Watcher& watcher = watched.watchers[id];
    if (watcher.choice.endpoint != choice.endpoint) watcher.is_checked = false;
    watcher.choice = std::move(choice);
    watcher.close = std::move(close);
    if (!is_new) return CheckLater(name, watched, absl::ZeroDuration());
  }
  Open<ServiceKind>(name);
}

void ServiceWatches::State::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  Remove(id);
}

void ServiceWatches::State::Remove(const std::string& id) {
  auto known = service_of_.find(id);
  if (known == service_of_.end()) return;
  const std::string name = known->second;
  Watched& watched = watched_.at(name);
  service_of_.erase(known);
  watched.watchers.erase(id);
  if (!watched.watchers.empty()) return;
  watched.end = Later(kIdle, [this, name] { EndIfUnused(name); });
}

void ServiceWatches::State::EndIfUnused(const std::string& name) {
  Watched unused;
  {
    MutexLock lock(mutex_);
    auto it = watched_.find(name);
    // It may come late, when there is a connection again.
    if (it == watched_.end() || !it->second.watchers.empty()) return;
    unused = std::move(it->second);
    watched_.erase(it);
  }
  CancelStreams(unused);
}

void ServiceWatches::State::CancelStreams(const Watched& watched) {
  if (watched.of_service.call != nullptr) watched.of_service.call->Cancel();
  if (watched.of_endpoints.call != nullptr) watched.of_endpoints.call->Cancel();
}

template <typename Kind>
void ServiceWatches::State::Open(const std::string& name) {
  auto sink = std::make_shared<Sink<Kind>>(weak_from_this(), name);
  {
    MutexLock lock(mutex_);
    auto watched = watched_.find(name);
    if (watched == watched_.end() || StreamOf(watched->second, Kind()).sink != nullptr) return;
    StreamOf(watched->second, Kind()).sink = sink;
  }
  std::shared_ptr<FindCall> call = ChainOf(Kind()).Find(Context(), WatchOf(name, Kind()), sink);
  {
    MutexLock lock(mutex_);
    auto watched = watched_.find(name);
    if (watched != watched_.end() && StreamOf(watched->second, Kind()).sink == sink) {
      StreamOf(watched->second, Kind()).call = std::move(call);
      return;
    }
  }
  call->Cancel();  // its last connection was closed meanwhile
}

void ServiceWatches::State::OnFound(const std::string& name, NetworkService service) {
  using google::protobuf::util::MessageDifferencer;
  if (service.name() != name) return;
  MutexLock lock(mutex_);
  auto it = watched_.find(name);
  if (stopped_ || it == watched_.end()) return;
  Watched& watched = it->second;
  // Endpoints register their service again and again.
  if (watched.service && MessageDifferencer::Equals(*watched.service, service)) return;
  watched.service = std::move(service);
  for (auto& [id, watcher] : watched.watchers) watcher.is_checked = false;
  CheckLater(name, watched, absl::ZeroDuration());
  const bool is_to_be_opened = HasChoice(watched.service) && watched.of_endpoints.sink == nullptr;
  if (is_to_be_opened) Later(absl::ZeroDuration(), [this, name] { Open<EndpointKind>(name); });
}

void ServiceWatches::State::OnFound(const std::string& name, const NetworkServiceEndpoint& endpoint) {
  MutexLock lock(mutex_);
  auto it = watched_.find(name);
  if (stopped_ || it == watched_.end()) return;
  Watched& watched = it->second;
  auto [known, is_new] = watched.labels.try_emplace(endpoint.name());
  auto before = std::exchange(known->second, LabelsOf(endpoint, name));
  // Registrations are renewed again and again.
  if (!is_new && before == known->second) return;
  bool is_chosen = false;
  for (auto& [id, watcher] : watched.watchers) {
    if (watcher.choice.endpoint != endpoint.name()) continue;
    watcher.is_checked = false;
    is_chosen = true;
  }
  if (is_chosen) CheckLater(name, watched, absl::ZeroDuration());
}

// If it comes back it is looked at as a new one.
void ServiceWatches::State::OnDeleted(const std::string& name, const NetworkServiceEndpoint& endpoint) {
  MutexLock lock(mutex_);
  if (auto it = watched_.find(name); it != watched_.end()) it->second.labels.erase(endpoint.name());
}

template <typename Kind>
void ServiceWatches::State::OnLost(const std::string& name, const Sink<Kind>& sink) {
  MutexLock lock(mutex_);
  auto watched = watched_.find(name);
  if (stopped_ || watched == watched_.end()) return;
  Stream<Kind>& stream = StreamOf(watched->second, Kind());
  if (stream.sink.get() != &sink) return;
  stream = {};
  Later(kPause, [this, name] { Open<Kind>(name); });
}

void ServiceWatches::State::CheckLater(const std::string& name, Watched& watched, absl::Duration pause) {
  if (!HasChoice(watched.service) || std::exchange(watched.is_check_due, true)) return;
  Later(pause, [this, name] { Check(name); });
}

void ServiceWatches::State::Check(const std::string& name) {
  NetworkService service;
  {
    MutexLock lock(mutex_);
    auto it = watched_.find(name);
    if (it == watched_.end()) return;
    Watched& watched = it->second;
    watched.is_check_due = false;
    if (std::all_of(watched.watchers.begin(), watched.watchers.end(),
                    [](const auto& watcher) { return watcher.second.is_checked; })) {
      return;
    }
    service = *watched.service;
  }
  Context context;
  context.deadline = clock_.Now() + kLookUpTimeout;
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names(name);
  auto endpoints = FindAll(endpoints_.Begin(), context, wanted);
  if (!endpoints.ok()) {
    spdlog::info("service {}: its endpoints are not known: {}", name, endpoints.status().ToString());
    MutexLock lock(mutex_);
    if (auto it = watched_.find(name); it != watched_.end()) CheckLater(name, it->second, kPause);
    return;
  }
  for (auto& [id, close] : TakeUnchosen(service, *endpoints)) {
    spdlog::info("connection {}: service {} no longer chooses its endpoint; closing it", id, name);
    Later(absl::ZeroDuration(), std::move(close));
  }
}

std::map<std::string, ServiceWatches::Close> ServiceWatches::State::TakeUnchosen(
    const NetworkService& service, const std::vector<NetworkServiceEndpoint>& endpoints) {
  std::map<std::string, Close> unchosen;
  MutexLock lock(mutex_);
  auto watched = watched_.find(service.name());
  if (watched == watched_.end()) return unchosen;
  for (auto& [id, watcher] : watched->second.watchers) {
    if (watcher.is_checked) continue;
    // One that is asked for again meanwhile is not closed, and is looked at again then.
    watcher.is_checked = IsChosen(service, watcher.choice, endpoints);
    if (!watcher.is_checked) unchosen[id] = watcher.close;
  }
  return unchosen;
}

TimerId ServiceWatches::State::Later(absl::Duration pause, std::function<void()> function) {
  return timers_.Schedule(clock_.Now() + pause, [self = shared_from_this(), function = std::move(function)] {
    {
      MutexLock lock(self->mutex_);
      if (self->stopped_) return;
      ++self->running_;
    }
    function();
    MutexLock lock(self->mutex_);
    --self->running_;
    self->changed_.NotifyAll();
  });
}

void ServiceWatches::State::Stop() {
  std::map<std::string, Watched> all;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    all.swap(watched_);
    service_of_.clear();
  }
  for (const auto& [name, watched] : all) CancelStreams(watched);
  MutexLock lock(mutex_);
  while (running_ > 0) changed_.Wait(mutex_);
}

ServiceWatches::ServiceWatches(const RegistryChain<ServiceKind>& services,
                               const RegistryChain<EndpointKind>& endpoints, const Clock& clock,
                               TimerQueue& timers)
    : state_(std::make_shared<State>(services, endpoints, clock, timers)) {}

ServiceWatches::~ServiceWatches() { state_->Stop(); }

void ServiceWatches::Watch(const std::string& id, Choice choice, Close close) {
  state_->Watch(id, std::move(choice), std::move(close));
}

void ServiceWatches::Forget(const std::string& id) { state_->Forget(id); }

size_t ServiceWatches::connections() const { return state_->connections(); }

size_t ServiceWatches::watches() const { return state_->watches(); }

}  // namespace nsm::nsmgr
