// SPDX-License-Identifier: Apache-2.0
// The chain behind the two registries, of services and of endpoints: Register, Unregister and Find.
//
// Register and Unregister block. Find does not: it starts a search and tells a sink what it finds, on any
// thread, one call at a time; a search with watch goes on until it is cancelled.
#pragma once

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "registry.grpc.pb.h"
#include "src/core/element_list.h"
#include "src/nsm/rpc/context.h"
#include "src/nsm/wire/time.h"
#include "src/nsm/wire/wire.h"

namespace nsm {

// The two registries have the same shape; a kind says which messages one uses.
struct ServiceKind {
  using Entry = ::registry::NetworkService;
  using Query = ::registry::NetworkServiceQuery;
  using Response = ::registry::NetworkServiceResponse;
  using Service = ::registry::NetworkServiceRegistry;
  static Entry* MutableEntry(Query& query) { return query.mutable_network_service(); }
  static const Entry& GetEntry(const Query& query) { return query.network_service(); }
  static Entry* MutableEntry(Response& response) { return response.mutable_network_service(); }
  static const Entry& GetEntry(const Response& response) { return response.network_service(); }
  // When an entry ends that nobody renews.
  static absl::Time EndOf(const Entry&) { return absl::InfiniteFuture(); }
};
struct EndpointKind {
  using Entry = ::registry::NetworkServiceEndpoint;
  using Query = ::registry::NetworkServiceEndpointQuery;
  using Response = ::registry::NetworkServiceEndpointResponse;
  using Service = ::registry::NetworkServiceEndpointRegistry;
  static Entry* MutableEntry(Query& query) { return query.mutable_network_service_endpoint(); }
  static const Entry& GetEntry(const Query& query) { return query.network_service_endpoint(); }
  static Entry* MutableEntry(Response& response) { return response.mutable_network_service_endpoint(); }
  static const Entry& GetEntry(const Response& response) { return response.network_service_endpoint(); }
  static absl::Time EndOf(const Entry& entry) {
    return entry.has_expiration_time() ? FromTimestamp(entry.expiration_time()) : absl::InfiniteFuture();
  }
};

// Takes what a search finds. OnDone comes last and exactly once. Neither may block, nor cancel the search.
template <typename Kind>
class FindSink {
 public:
  virtual ~FindSink() = default;
  virtual void OnFound(typename Kind::Response response) = 0;
  virtual void OnDone(absl::Status status) = 0;
};

// A running search. Cancel makes it end soon (OnDone is still called, with CANCELLED unless it ended before);
// giving up the object without Cancel lets a search without watch run to its end.
class FindCall {
 public:
  virtual ~FindCall() = default;
  virtual void Cancel() = 0;
};

// A search that has ended before it began.
template <typename Kind>
std::shared_ptr<FindCall> EndFind(FindSink<Kind>& sink, absl::Status status) {
  struct Ended final : FindCall {
    void Cancel() override {}
  };
  sink.OnDone(std::move(status));
  return std::make_shared<Ended>();
}

template <typename Kind>
class RegistryNext;

template <typename Kind>
class RegistryElement {
 public:
  using Entry = typename Kind::Entry;
  using Query = typename Kind::Query;
  virtual ~RegistryElement() = default;
  virtual absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) {
    return next.Register(context, std::move(entry));
  }
  virtual absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) {
    return next.Unregister(context, std::move(entry));
  }
  // Never null. `context` is copied where it is needed later.
  virtual std::shared_ptr<FindCall> Find(const Context& context, Query query,
                                         std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) {
    return next.Find(context, std::move(query), std::move(sink));
  }
};

// The rest of a chain. At its end Register returns the entry, Unregister is OK and Find finds nothing.
template <typename Kind>
class RegistryNext {
 public:
  using Iterator = typename ElementList<RegistryElement<Kind>>::Iterator;
  RegistryNext(Iterator at, Iterator end) : at_(at), end_(end) {}

  absl::StatusOr<typename Kind::Entry> Register(Context& context, typename Kind::Entry entry) const {
    if (at_ == end_) return entry;
    return (*at_)->Register(context, std::move(entry), RegistryNext(at_ + 1, end_));
  }
  absl::Status Unregister(Context& context, typename Kind::Entry entry) const {
    if (at_ == end_) return absl::OkStatus();
    return (*at_)->Unregister(context, std::move(entry), RegistryNext(at_ + 1, end_));
  }
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink) const {
    if (at_ == end_) return EndFind(*sink, absl::OkStatus());
    return (*at_)->Find(context, std::move(query), std::move(sink), RegistryNext(at_ + 1, end_));
  }

 private:
  Iterator at_;
  Iterator end_;
};

template <typename Kind>
class RegistryChain : public ElementList<RegistryElement<Kind>> {
 public:
  RegistryNext<Kind> Begin() const { return {this->begin(), this->end()}; }
};

}  // namespace nsm
