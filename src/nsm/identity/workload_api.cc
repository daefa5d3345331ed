// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/workload_api.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/support/client_callback.h"
#include "src/core/status_macros.h"
#include "src/nsm/identity/certificates.h"
#include "workload.grpc.pb.h"

namespace nsm {
namespace {

// Agents refuse calls without it: no request that somebody was made to forward has it.
constexpr char kHeader[] = "workload.spiffe.io";
constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(5);
constexpr int kLargestMessage = 4 * 1024 * 1024;

absl::Status AddBundle(const std::string& domain_text, const std::string& der, TrustBundles& bundles) {
  ASSIGN_OR_RETURN(const std::string domain, ParseTrustDomain(domain_text));
  absl::StatusOr<Certificates> authorities = CertificatesOfDer(der);
  if (!authorities.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the bundle of ", domain, ": ", authorities.status().message()));
  }
  bundles.Add(domain, *std::move(authorities));
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> ChannelTo(const Url& agent) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetMaxReceiveMessageSize(kLargestMessage);
  // The agent knows who asks from the socket; there is no other identity yet.
  return grpc::CreateCustomChannel(agent.ToGrpcTarget(), grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

absl::StatusOr<SpiffeIdentity::State> StateOf(const ::X509SVIDResponse& message) {
  if (message.svids().empty()) return absl::InvalidArgumentError("there is no certificate for this workload");
  const ::X509SVID& first = message.svids(0);
  ASSIGN_OR_RETURN(std::shared_ptr<const Svid> svid, Svid::FromDer(first.x509_svid(), first.x509_svid_key()));
  auto bundles = std::make_shared<TrustBundles>();
  for (const auto& [domain, der] : message.federated_bundles())
    RETURN_IF_ERROR(AddBundle(domain, der, *bundles));
  RETURN_IF_ERROR(AddBundle(svid->id.trust_domain, first.bundle(), *bundles));
  return SpiffeIdentity::State{std::move(svid), std::move(bundles)};
}

// One opening of the stream; the thread that has opened it waits for its end.
class WorkloadApi::Stream final : public grpc::ClientReadReactor<::X509SVIDResponse> {
 public:
  Stream(const std::shared_ptr<grpc::Channel>& channel, const WorkloadApi& api)
      : stub_(::SpiffeWorkloadAPI::NewStub(channel)), api_(api) {
    call_.AddMetadata(kHeader, "true");
    call_.set_wait_for_ready(true);
    stub_->async()->FetchX509SVID(&call_, &request_, this);
    StartRead(&message_);
    StartCall();
  }
  void Cancel() { call_.TryCancel(); }

  // Whether anything came is known afterwards.
  grpc::Status AwaitEnd() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (!is_done_) done_.Wait(mutex_);
    return end_;
  }
  bool has_told() const { return has_told_; }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    absl::StatusOr<SpiffeIdentity::State> state = StateOf(message_);
    absl::Status told = state.ok() ? api_.tell_(*std::move(state)) : state.status();
    if (told.ok()) {
      has_told_ = true;
    } else {
      spdlog::warn("identity: {} said what is of no use: {}", api_.agent_.ToString(), told.ToString());
    }
    message_.Clear();
    StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    MutexLock lock(mutex_);
    end_ = status;
    is_done_ = true;
    done_.NotifyAll();
  }

  const std::unique_ptr<::SpiffeWorkloadAPI::Stub> stub_;
  const WorkloadApi& api_;
  const ::X509SVIDRequest request_;
  grpc::ClientContext call_;
  ::X509SVIDResponse message_;
  bool has_told_ = false;  // of gRPC's threads until the end
  Mutex mutex_;
  CondVar done_;
  bool is_done_ GUARDED_BY(mutex_) = false;
  grpc::Status end_ GUARDED_BY(mutex_);
};

WorkloadApi::WorkloadApi(const Url& agent, std::function<absl::Status(SpiffeIdentity::State)> tell)
    : agent_(agent), tell_(std::move(tell)), thread_([this] { Run(); }) {}

WorkloadApi::~WorkloadApi() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->Cancel();
    changed_.NotifyAll();
  }
  thread_.join();
}

void WorkloadApi::Run() {
  const std::shared_ptr<grpc::Channel> channel = ChannelTo(agent_);
  absl::Duration pause = kFirstPause;
  while (true) {
    Stream stream(channel, *this);
    {
      MutexLock lock(mutex_);
      stream_ = &stream;
      if (stopping_) stream.Cancel();
    }
    const grpc::Status end = stream.AwaitEnd();
    MutexLock lock(mutex_);
    stream_ = nullptr;
    if (stopping_) return;
    if (stream.has_told()) pause = kFirstPause;
    spdlog::warn("identity: {} has ended: {}; asking again", agent_.ToString(), end.error_message());
    changed_.WaitFor(mutex_, pause);
    pause = std::min(pause * 2, kLongestPause);
    if (stopping_) return;
  }
}

}  // namespace nsm
