// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/publish_urls.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "src/core/mutex.h"
#include "src/nsm/registry/mapping_sink.h"
#include "src/nsm/registry/registry_own_domain.h"

namespace nsm::proxy {

using Response = ::registry::NetworkServiceEndpointResponse;
using UrlOf = std::function<std::string(const NetworkServiceEndpoint&)>;

// The watches that are open.
class PublishUrls::Watches {
 public:
  void Add(const std::shared_ptr<Watched>& watched) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    open_[watched.get()] = watched;
  }
  void Remove(Watched* watched) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    open_.erase(watched);
  }
  void TellAgain() EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::map<Watched*, std::weak_ptr<Watched>> open_ GUARDED_BY(mutex_);
};

// Passes a watch's answers on with URLs as they are published, and again when one becomes another.
class PublishUrls::Watched final : public FindSink<EndpointKind> {
 public:
  Watched(std::shared_ptr<FindSink<EndpointKind>> sink, UrlOf url_of, std::weak_ptr<Watches> watches)
      : sink_(std::move(sink)), url_of_(std::move(url_of)), watches_(std::move(watches)) {}

  void OnFound(Response response) override EXCLUDES(mutex_) {
    NetworkServiceEndpoint& endpoint = *response.mutable_network_service_endpoint();
    MutexLock lock(mutex_);
    std::string url = url_of_(endpoint);
    if (response.deleted()) {
      told_.erase(endpoint.name());
    } else {
      told_[endpoint.name()] = {response, url};
    }
    endpoint.set_url(std::move(url));
    sink_->OnFound(std::move(response));
  }
  void OnDone(absl::Status status) override EXCLUDES(mutex_) {
    if (auto watches = watches_.lock()) watches->Remove(this);
    {
      MutexLock lock(mutex_);
      is_over_ = true;
    }
    sink_->OnDone(std::move(status));
  }
  void TellAgain() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (is_over_) return;
    for (auto& [name, told] : told_) {
      std::string url = url_of_(told.found.network_service_endpoint());
      if (std::exchange(told.url, url) == url) continue;
      Response again = told.found;
      again.mutable_network_service_endpoint()->set_url(std::move(url));
      sink_->OnFound(std::move(again));
    }
  }

 private:
  struct Told {
    Response found;   // as it is registered
    std::string url;  // as it was told
  };

  const std::shared_ptr<FindSink<EndpointKind>> sink_;
  const UrlOf url_of_;
  const std::weak_ptr<Watches> watches_;
  Mutex mutex_;  // also held while the sink is told, so that that is one call at a time
  bool is_over_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Told> told_ GUARDED_BY(mutex_);  // by name
};

void PublishUrls::Watches::TellAgain() {
  std::vector<std::shared_ptr<Watched>> open;
  {
    MutexLock lock(mutex_);
    for (const auto& [key, watched] : open_) {
      if (auto alive = watched.lock()) open.push_back(std::move(alive));
    }
  }
  for (const auto& watched : open) watched->TellAgain();
}

PublishUrls::PublishUrls(const Url& proxy, Advertise advertise, AddressMap& addresses)
    : proxy_(proxy.ToString()),
      advertise_(advertise),
      addresses_(addresses),
      watches_(std::make_shared<Watches>()) {
  addresses.Tell([weak = std::weak_ptr<Watches>(watches_)](const AddressMap::Entries&) {
    if (auto watches = weak.lock()) watches->TellAgain();
  });
}

std::shared_ptr<FindCall> PublishUrls::Find(const Context& context,
                                            ::registry::NetworkServiceEndpointQuery query,
                                            std::shared_ptr<FindSink<EndpointKind>> sink,
                                            RegistryNext<EndpointKind> next) {
  const bool is_remote = DomainOf(query.network_service_endpoint()).has_value();
  UrlOf url_of = [proxy = is_remote || advertise_ == Advertise::kProxy ? proxy_ : "", is_remote,
                  &addresses = addresses_](const NetworkServiceEndpoint& endpoint) {
    const std::string& url = proxy.empty() ? endpoint.url() : proxy;
    return is_remote ? url : addresses.UrlToExternal(url);
  };
  if (query.watch() && !is_remote) {
    auto watched = std::make_shared<Watched>(std::move(sink), std::move(url_of), watches_);
    watches_->Add(watched);
    return next.Find(context, std::move(query), std::move(watched));
  }
  auto publish = [url_of = std::move(url_of)](Response& response) {
    NetworkServiceEndpoint& endpoint = *response.mutable_network_service_endpoint();
    endpoint.set_url(url_of(endpoint));
    return true;
  };
  return next.Find(context, std::move(query),
                   std::make_shared<MappingSink<EndpointKind>>(std::move(sink), std::move(publish)));
}

}  // namespace nsm::proxy
