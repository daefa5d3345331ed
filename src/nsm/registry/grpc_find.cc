// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/grpc_find.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/support/client_callback.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

// Owns itself until gRPC is done with the stream.
template <typename Kind>
class FindReader final : public grpc::ClientReadReactor<typename Kind::Response>, public FindCall {
 public:
  FindReader(ChannelPool& channels, std::shared_ptr<grpc::Channel> channel, const Url& url,
             absl::Time deadline, typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink)
      : call_(channels, deadline),
        stub_(Kind::Service::NewStub(std::move(channel))),
        url_(url),
        query_(std::move(query)),
        sink_(std::move(sink)) {}

  void Start(std::shared_ptr<FindReader> self) {
    self_ = std::move(self);
    stub_->async()->Find(&call_.context(), &query_, this);
    this->StartRead(&response_);
    this->StartCall();
  }
  void Cancel() override { call_.context().TryCancel(); }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (!query_.watch() && !budget_.Take(response_.ByteSizeLong())) return Cancel();
    if (absl::Status fits = CheckEntry(Kind::GetEntry(response_)); fits.ok()) {
      sink_->OnFound(std::move(response_));
    } else if (!std::exchange(told_, true)) {
      spdlog::warn("asking {}: leaving out an answer: {}", url_.ToString(), fits.ToString());
    }
    response_.Clear();
    this->StartRead(&response_);
  }
  // One bad entry of another domain must not hide its others.
  static absl::Status CheckEntry(const typename Kind::Entry& entry) {
    if (entry.name().empty()) return absl::InvalidArgumentError("it has no name");
    return CheckLimits(entry);
  }
  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<FindReader> self = std::move(self_);
    std::shared_ptr<FindSink<Kind>> sink = std::move(sink_);
    if (budget_.is_spent()) {
      return sink->OnDone(absl::ResourceExhaustedError(
          absl::StrCat("asking ", url_.ToString(), ": more answers than one search takes (",
                       limits::kFindAnswers, ", ", limits::kFindBytes, " bytes)")));
    }
    sink->OnDone(FromRegistry(status, url_));
  }

  ChannelPool::Call call_;
  const std::unique_ptr<typename Kind::Service::Stub> stub_;
  const Url url_;
  const typename Kind::Query query_;
  typename Kind::Response response_;
  FindBudget budget_;
  bool told_ = false;
  std::shared_ptr<FindSink<Kind>> sink_;
  std::shared_ptr<FindReader> self_;
};

}  // namespace

template <typename Kind>
std::shared_ptr<FindCall> StartGrpcFind(ChannelPool& channels, std::shared_ptr<grpc::Channel> channel,
                                        const Url& url, absl::Time deadline, typename Kind::Query query,
                                        std::shared_ptr<FindSink<Kind>> sink) {
  absl::Time limit =
      query.watch() ? absl::InfiniteFuture() : std::min(deadline, absl::Now() + kLongestRegistryCall);
  auto reader = std::make_shared<FindReader<Kind>>(channels, std::move(channel), url, limit, std::move(query),
                                                   std::move(sink));
  reader->Start(reader);
  return reader;
}

template std::shared_ptr<FindCall> StartGrpcFind<ServiceKind>(ChannelPool&, std::shared_ptr<grpc::Channel>,
                                                              const Url&, absl::Time, ServiceKind::Query,
                                                              std::shared_ptr<FindSink<ServiceKind>>);
template std::shared_ptr<FindCall> StartGrpcFind<EndpointKind>(ChannelPool&, std::shared_ptr<grpc::Channel>,
                                                               const Url&, absl::Time, EndpointKind::Query,
                                                               std::shared_ptr<FindSink<EndpointKind>>);

}  // namespace nsm
