// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_server.h"

#include <spdlog/spdlog.h>

#include "src/core/status_macros.h"
#include "src/nsm/rpc/context.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/rpc/stream_writer.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

// The path of a call whose entry is within the limits.
template <typename Entry>
absl::Status Enter(const grpc::ServerContext& call, const Entry& entry, Context& context) {
  RETURN_IF_ERROR(CheckLimits(context.caller));
  RETURN_IF_ERROR(CheckLimits(entry));
  auto [first, last] = call.client_metadata().equal_range(kPathHeader);
  if (first == last) return absl::OkStatus();
  --last;  // of several the last is the one that counts
  ASSIGN_OR_RETURN(context.registry_path, RegistryPath::FromJson({last->second.data(), last->second.size()}));
  return absl::OkStatus();
}

// A caller that has sent no path gets none, as from upstream's registries.
void AnswerPath(const Context& context, grpc::ServerContext& call) {
  if (!call.client_metadata().contains(kPathHeader)) return;
  call.AddInitialMetadata(kPathHeader, context.registry_path.ToJson());
}

}  // namespace

// One open Find, with a search that is cancelled when the stream is over.
template <typename Kind>
class RegistryServer<Kind>::Stream final : public StreamWriter<typename Kind::Response> {
 public:
  explicit Stream(RegistryServer& server) : server_(server) {}

  void Search(const Context& context, typename Kind::Query query, std::shared_ptr<Stream> self) {
    auto sink = std::make_shared<Sink>(std::move(self), server_.name_);
    search_ = server_.chain_.Begin().Find(context, std::move(query), std::move(sink));
  }

 private:
  // May outlive the server, as the end of a cancelled search may come late.
  class Sink final : public FindSink<Kind> {
   public:
    Sink(std::shared_ptr<Stream> stream, std::string name)
        : stream_(std::move(stream)), name_(std::move(name)) {}
    void OnFound(typename Kind::Response response) override { stream_->Push(std::move(response)); }
    void OnDone(absl::Status status) override { stream_->End(ToGrpc(status, name_)); }

   private:
    const std::shared_ptr<Stream> stream_;
    const std::string name_;
  };

  // Comes after Search has returned: gRPC waits for the method that starts the stream.
  void OnOver() override {
    if (search_ != nullptr) search_->Cancel();
    search_ = nullptr;  // it holds us
    server_.streams_.OnOver(*this);
  }

  RegistryServer& server_;
  std::shared_ptr<FindCall> search_;
};

template <typename Kind>
grpc::Status RegistryServer<Kind>::Register(grpc::ServerContext* call, const typename Kind::Entry* entry,
                                            typename Kind::Entry* registered) {
  Context context = ContextFromCall(*call, door_, clock_);
  if (absl::Status entered = Enter(*call, *entry, context); !entered.ok()) {
    spdlog::warn("register: {}", entered.ToString());
    return ToGrpc(entered, name_);
  }
  auto result = chain_.Begin().Register(context, *entry);
  if (!result.ok()) {
    spdlog::warn("register {}: {}", entry->name(), result.status().ToString());
    return ToGrpc(result.status(), name_);
  }
  *registered = *std::move(result);
  AnswerPath(context, *call);
  return grpc::Status::OK;
}

template <typename Kind>
grpc::Status RegistryServer<Kind>::Unregister(grpc::ServerContext* call, const typename Kind::Entry* entry,
                                              google::protobuf::Empty*) {
  Context context = ContextFromCall(*call, door_, clock_);
  if (absl::Status entered = Enter(*call, *entry, context); !entered.ok()) {
    spdlog::warn("unregister: {}", entered.ToString());
    return ToGrpc(entered, name_);
  }
  if (absl::Status status = chain_.Begin().Unregister(context, *entry); !status.ok()) {
    spdlog::warn("unregister {}: {}", entry->name(), status.ToString());
    return ToGrpc(status, name_);
  }
  AnswerPath(context, *call);
  return grpc::Status::OK;
}

template <typename Kind>
grpc::ServerWriteReactor<typename Kind::Response>* RegistryServer<Kind>::Find(
    grpc::CallbackServerContext* call, const typename Kind::Query* query) {
  auto stream = std::make_shared<Stream>(*this);
  stream->HoldUntilDone(stream);
  if (!streams_.Open(*stream)) return stream.get();
  if (absl::Status fits = CheckLimits(Kind::GetEntry(*query)); !fits.ok()) {
    stream->End(ToGrpc(fits, name_));
  } else {
    stream->Search(ContextFromCall(*call, door_, clock_), *query, stream);
  }
  return stream.get();
}

template <typename Kind>
void RegistryServer<Kind>::Shutdown() {
  streams_.Shutdown();
}

template class RegistryServer<ServiceKind>;
template class RegistryServer<EndpointKind>;

}  // namespace nsm
