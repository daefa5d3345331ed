// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/local_bypass.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/mutex.h"
#include "src/nsm/registry/mapping_sink.h"

namespace nsm::nsmgr {

class LocalBypass::Known {
 public:
  // What was there before.
  std::optional<std::string> Set(const std::string& name, const std::string& url) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto [it, added] = urls_.try_emplace(name, url);
    if (added) return std::nullopt;
    return std::exchange(it->second, url);
  }
  void Erase(const std::string& name) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    urls_.erase(name);
  }
  std::optional<std::string> Get(const std::string& name) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto it = urls_.find(name);
    if (it == urls_.end()) return std::nullopt;
    return it->second;
  }
  std::map<std::string, std::string> List() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return urls_;
  }

 private:
  mutable Mutex mutex_;
  std::map<std::string, std::string> urls_ GUARDED_BY(mutex_);
};

LocalBypass::LocalBypass(const Url& published)
    : published_(published.ToString()), known_(std::make_shared<Known>()) {}

absl::StatusOr<NetworkServiceEndpoint> LocalBypass::Register(Context& context, Entry entry,
                                                             RegistryNext<EndpointKind> next) {
  const std::string name = entry.name();
  const std::string url = entry.url();
  if (name.empty()) return absl::InvalidArgumentError("an endpoint needs a name");
  if (auto parsed = Url::Parse(url); !parsed.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("endpoint ", name, ": its URL ", parsed.status().message()));
  }
  // Known before the registry tells others, who may ask for it at once.
  std::optional<std::string> before = known_->Set(name, url);
  entry.set_url(published_);
  absl::StatusOr<Entry> registered = next.Register(context, std::move(entry));
  if (registered.ok()) {
    registered->set_url(url);
  } else if (before) {
    known_->Set(name, *before);
  } else {
    known_->Erase(name);
  }
  return registered;
}

absl::Status LocalBypass::Unregister(Context& context, Entry entry, RegistryNext<EndpointKind> next) {
  const std::string name = entry.name();
  entry.set_url(published_);
  absl::Status status = next.Unregister(context, std::move(entry));
  // Also when the registry could not be told: the endpoint is gone, and its entry there will expire. But not
  // when it was somebody else who asked.
  if (!context.is_called || !absl::IsPermissionDenied(status)) known_->Erase(name);
  return status;
}

std::shared_ptr<FindCall> LocalBypass::Find(const Context& context,
                                            ::registry::NetworkServiceEndpointQuery query,
                                            std::shared_ptr<FindSink<EndpointKind>> sink,
                                            RegistryNext<EndpointKind> next) {
  auto translate = [published = published_,
                    known = known_](::registry::NetworkServiceEndpointResponse& response) {
    NetworkServiceEndpoint& entry = *response.mutable_network_service_endpoint();
    if (entry.url() != published) return true;
    std::optional<std::string> url = known->Get(entry.name());
    if (!url) return response.deleted();
    entry.set_url(*std::move(url));
    return true;
  };
  return next.Find(context, std::move(query),
                   std::make_shared<MappingSink<EndpointKind>>(std::move(sink), std::move(translate)));
}

std::map<std::string, std::string> LocalBypass::List() const { return known_->List(); }

}  // namespace nsm::nsmgr
