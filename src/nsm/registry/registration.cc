// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registration.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "src/core/status_macros.h"
#include "src/nsm/wire/expiry.h"
#include "src/nsm/wire/time.h"

namespace nsm {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(5);
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);

}  // namespace

// A Find of our own entry that stays open as long as the registry behind it lives.
class Registration::Watch final : public FindSink<EndpointKind> {
 public:
  explicit Watch(Registration& registration) : registration_(&registration) {}

  void OnFound(EndpointKind::Response response) override {
    if (response.deleted()) End();
  }
  void OnDone(absl::Status) override { End(); }

  // No callback reaches the registration any more.
  void Detach() {
    MutexLock lock(mutex_);
    registration_ = nullptr;
  }
  void set_call(std::shared_ptr<FindCall> call) { call_ = std::move(call); }
  void Cancel() {
    Detach();
    call_->Cancel();
  }
  bool ended() const {
    MutexLock lock(mutex_);
    return ended_;
  }

 private:
  void End() {
    MutexLock lock(mutex_);
    ended_ = true;
    if (registration_ != nullptr) registration_->changed_.NotifyAll();
  }

  mutable Mutex mutex_;
  Registration* registration_ GUARDED_BY(mutex_);
  bool ended_ GUARDED_BY(mutex_) = false;
  std::shared_ptr<FindCall> call_;
};

Registration::Registration(ChannelPool& channels, const Url& registry, NetworkServiceEndpoint endpoint,
                           std::vector<NetworkService> services, const Clock& clock)
    : endpoint_(std::move(endpoint)), services_(std::move(services)), clock_(clock) {
  service_registry_.Add<GrpcRegistry<ServiceKind>>(channels, registry);
  endpoint_registry_.Add<GrpcRegistry<EndpointKind>>(channels, registry);
  thread_ = std::thread([this] { Run(); });
}

Registration::~Registration() { Stop(); }

void Registration::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

absl::Status Registration::Unregister(absl::Time deadline) {
  Stop();
  if (!is_registered()) return absl::OkStatus();
  Context context;
  context.deadline = deadline;
  context.registry_path = path_;
  return endpoint_registry_.Begin().Unregister(context, endpoint_);
}

bool Registration::is_registered() const {
  MutexLock lock(mutex_);
  return registered_;
}

void Registration::Run() {
  absl::Duration pause = kFirstPause;
  std::string reported;
  std::shared_ptr<Watch> watch;
  absl::Duration watch_pause = kFirstPause;
  while (true) {
    absl::StatusOr<absl::Duration> refresh_in = Register();
    {
      MutexLock lock(mutex_);
      registered_ = refresh_in.ok();
    }
    if (refresh_in.ok()) {
      if (!std::exchange(reported, "").empty() || watch == nullptr)
        spdlog::info("registered {}", endpoint_.name());
      pause = kFirstPause;
      if (watch == nullptr) watch = StartWatch();
    } else {
      // Once for each cause: a registry may be away for long.
      if (std::string text = refresh_in.status().ToString(); text != reported) {
        spdlog::warn("registering {}: {}; trying again", endpoint_.name(), text);
        reported = std::move(text);
      }
      pause = std::min(pause * 2, kLongestPause);
    }
    bool goes_on = Wait(refresh_in.ok() ? *refresh_in : pause, watch.get());
    if (watch != nullptr && (!goes_on || watch->ended())) {
      watch->Cancel();
      watch = nullptr;
      // A registry that does not let itself be watched is not to be asked without end.
      goes_on = goes_on && Wait(watch_pause, nullptr);
      watch_pause = std::min(watch_pause * 2, kLongestPause);
    } else if (refresh_in.ok()) {
      watch_pause = kFirstPause;
    }
    if (!goes_on) return;
  }
}

absl::StatusOr<absl::Duration> Registration::Register() {
  for (const NetworkService& service : services_) {
    Context context;
    context.deadline = clock_.Now() + kCallTimeout;
    RETURN_IF_ERROR(service_registry_.Begin().Register(context, service).status());
  }
  Context context;
  context.deadline = clock_.Now() + kCallTimeout;
  context.registry_path = path_;
  const std::string before = TokenOfNextHop(path_);
  ASSIGN_OR_RETURN(NetworkServiceEndpoint registered,
                   endpoint_registry_.Begin().Register(context, endpoint_));
  path_ = context.registry_path;
  const absl::Time expires =
      registered.has_expiration_time() ? FromTimestamp(registered.expiration_time()) : absl::InfinitePast();
  std::string token = TokenOfNextHop(path_);
  if (token == before) token.clear();  // an answer without a path: the old one says nothing about now
  ASSIGN_OR_RETURN(const absl::Duration life, LifeOf(expires, token, clock_.Now()));
  return life * 2 / 3;
}

std::shared_ptr<Registration::Watch> Registration::StartWatch() {
  auto watch = std::make_shared<Watch>(*this);
  EndpointKind::Query query;
  query.mutable_network_service_endpoint()->set_name(endpoint_.name());
  query.set_watch(true);
  watch->set_call(endpoint_registry_.Begin().Find(Context(), std::move(query), watch));
  return watch;
}

bool Registration::Wait(absl::Duration pause, const Watch* watch) {
  const absl::Duration until = clock_.Elapsed() + pause;
  MutexLock lock(mutex_);
  while (!stopping_ && (watch == nullptr || !watch->ended())) {
    absl::Duration left = until - clock_.Elapsed();
    if (left <= absl::ZeroDuration()) return true;
    // A watch that ends notifies without this lock, so look at it now and then as well.
    changed_.WaitFor(mutex_, std::min(left, absl::Milliseconds(200)));
  }
  return !stopping_;
}

}  // namespace nsm
