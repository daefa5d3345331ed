// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/channel_pool.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "src/nsm/limits.h"
#include "src/nsm/wire.h"

namespace nsm {
namespace {

constexpr absl::Duration kLongestEnd = absl::Seconds(2);

// gRPC's own back-off of 1 s to 2 minutes would make every restart of a peer last that long.
grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  // The name deceives: this is how long one attempt may take.
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  // Paths carry several tokens; gRPC takes 8 KiB of metadata by default.
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, limits::kMetadata);
  arguments.SetMaxReceiveMessageSize(limits::kAnswer);
  // A channel of ours ends with us: a pool shared by the process would keep its connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

}  // namespace

class ChannelPool::Uses {
 public:
  void Begin() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ++count_;
  }
  void End() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    --count_;
    ended_.NotifyAll();
  }
  void AwaitNone(absl::Time limit) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    while (count_ > 0 && absl::Now() < limit) ended_.WaitFor(mutex_, limit - absl::Now());
  }

 private:
  Mutex mutex_;
  CondVar ended_;
  int count_ GUARDED_BY(mutex_) = 0;
};

ChannelPool::ChannelPool(const TokenSource& tokens, absl::Duration dial_timeout, size_t most_kept)
    : tokens_(tokens), dial_timeout_(dial_timeout), most_kept_(most_kept), uses_(std::make_shared<Uses>()) {}

ChannelPool::~ChannelPool() { uses_->AwaitNone(absl::Now() + kLongestEnd); }

std::shared_ptr<void> ChannelPool::Use() const {
  uses_->Begin();
  return {nullptr, [uses = uses_](std::nullptr_t) { uses->End(); }};
}

std::shared_ptr<grpc::Channel> ChannelPool::Get(const Url& url) {
  std::shared_ptr<grpc::Channel> gone;  // ends outside of the lock
  std::shared_ptr<grpc::Channel> channel;
  {
    MutexLock lock(mutex_);
    channel = FindOrMake(url.ToGrpcTarget());
    std::erase(kept_, channel);
    kept_.push_front(channel);
    if (kept_.size() > most_kept_) {
      gone = std::move(kept_.back());
      kept_.pop_back();
    }
  }
  if (channel->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    grpc::experimental::ChannelResetConnectionBackoff(channel.get());
  }
  return channel;
}

std::shared_ptr<grpc::Channel> ChannelPool::FindOrMake(const std::string& target) {
  if (auto it = channels_.find(target); it != channels_.end()) {
    if (std::shared_ptr<grpc::Channel> channel = it->second.lock()) return channel;
  }
  std::erase_if(channels_, [](const auto& entry) { return entry.second.expired(); });
  auto channel = grpc::CreateCustomChannel(target, grpc::InsecureChannelCredentials(), Arguments());
  channels_[target] = channel;
  return channel;
}

void ChannelPool::Drop(const grpc::Channel& channel) {
  std::shared_ptr<grpc::Channel> gone;  // ends outside of the lock
  MutexLock lock(mutex_);
  auto it =
      std::find_if(kept_.begin(), kept_.end(), [&](const auto& kept) { return kept.get() == &channel; });
  if (it == kept_.end()) return;
  gone = std::move(*it);
  kept_.erase(it);
}

absl::Status ChannelPool::Dial(grpc::Channel& channel, const Url& url, absl::Time deadline) {
  absl::Time limit = std::min(deadline, absl::Now() + dial_timeout_);
  if (channel.WaitForConnected(absl::ToChronoTime(limit))) return absl::OkStatus();
  Drop(channel);
  return absl::UnavailableError(absl::StrCat("connecting to ", url.ToString(), ": no connection within ",
                                             absl::FormatDuration(dial_timeout_)));
}

void ChannelPool::Prepare(grpc::ClientContext& context, absl::Time deadline) const {
  context.set_deadline(absl::ToChronoTime(deadline));
  Token token = tokens_.Make();
  context.AddMetadata(kTokenHeader, token.text);
  context.AddMetadata(kTokenExpiresHeader,
                      absl::FormatTime(absl::RFC3339_full, token.expires, absl::UTCTimeZone()));
}

}  // namespace nsm
