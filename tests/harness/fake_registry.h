// SPDX-License-Identifier: Apache-2.0
// Stand-ins for both ends of a registry chain: who searches, and the registry that is asked.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/mutex.h"
#include "src/nsm/registry/query_match.h"
#include "src/nsm/registry/registry_chain.h"

namespace nsm {

// Keeps what a search finds. Thread safe.
template <typename Kind>
class RecordingSink final : public FindSink<Kind> {
 public:
  using Entry = typename Kind::Entry;
  void OnFound(typename Kind::Response response) override {
    MutexLock lock(mutex_);
    names_.push_back((response.deleted() ? "-" : "") + Kind::GetEntry(response).name());
    entries_.push_back(Kind::GetEntry(response));
    changed_.NotifyAll();
  }
  void OnDone(absl::Status status) override {
    MutexLock lock(mutex_);
    ++dones_;
    status_ = std::move(status);
    changed_.NotifyAll();
  }

  // In the order in which they came; "-name" for deleted ones.
  std::vector<std::string> names() const {
    MutexLock lock(mutex_);
    return names_;
  }
  std::vector<Entry> entries() const {
    MutexLock lock(mutex_);
    return entries_;
  }
  // None while the search goes on.
  std::optional<absl::Status> status() const {
    MutexLock lock(mutex_);
    return status_;
  }
  int dones() const {
    MutexLock lock(mutex_);
    return dones_;
  }
  absl::Status WaitUntilDone() {
    MutexLock lock(mutex_);
    while (!status_) changed_.Wait(mutex_);
    return *status_;
  }
  void WaitForNames(size_t count) {
    MutexLock lock(mutex_);
    while (names_.size() < count) changed_.Wait(mutex_);
  }

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<std::string> names_;
  std::vector<Entry> entries_;
  std::optional<absl::Status> status_;
  int dones_ = 0;
};

// The end of a chain: answers as told and keeps what it is asked.
template <typename Kind>
class FakeRegistry final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind>) override {
    contexts.push_back(context);
    registered.push_back(entry);
    if (!answer.ok()) return answer;
    return entry;
  }
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind>) override {
    contexts.push_back(context);
    unregistered.push_back(entry);
    return answer;
  }
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind>) override {
    contexts.push_back(context);
    queries.push_back(query);
    for (const Entry& entry : entries) {
      typename Kind::Response response;
      *Kind::MutableEntry(response) = entry;
      if (MatchesQuery(Kind::GetEntry(query), entry)) sink->OnFound(response);
    }
    return EndFind(*sink, answer);
  }

  absl::Status answer;
  std::vector<Entry> entries;  // for Find
  std::vector<Context> contexts;
  std::vector<Entry> registered;
  std::vector<Entry> unregistered;
  std::vector<typename Kind::Query> queries;
};

inline NetworkService Service(const std::string& name, const std::string& payload = "") {
  NetworkService service;
  service.set_name(name);
  service.set_payload(payload);
  return service;
}

inline NetworkServiceEndpoint Endpoint(const std::string& name, const std::vector<std::string>& services = {},
                                       const std::string& url = "") {
  NetworkServiceEndpoint endpoint;
  endpoint.set_name(name);
  endpoint.set_url(url);
  for (const std::string& service : services) {
    endpoint.add_network_service_names(service);
    (*(*endpoint.mutable_network_service_labels())[service].mutable_labels())["app"] = name;
  }
  return endpoint;
}

inline ServiceKind::Query Query(NetworkService wanted, bool watch = false) {
  ServiceKind::Query query;
  *query.mutable_network_service() = std::move(wanted);
  query.set_watch(watch);
  return query;
}
inline EndpointKind::Query Query(NetworkServiceEndpoint wanted, bool watch = false) {
  EndpointKind::Query query;
  *query.mutable_network_service_endpoint() = std::move(wanted);
  query.set_watch(watch);
  return query;
}

}  // namespace nsm
