// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/channel_pool.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "src/nsm/rpc/tcp_liveness.h"
#include "src/nsm/wire/limits.h"

namespace nsm {
namespace {

constexpr absl::Duration kSweepInterval = absl::Seconds(1);
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
  AddTcpLiveness(arguments);
  return arguments;
}

bool HasFailed(grpc::Channel& channel) {
  return channel.GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_TRANSIENT_FAILURE;
}

// Back-off is for a peer that is away; whoever asks for the channel has reason to try.
void TryNow(grpc::Channel& channel) {
  if (HasFailed(channel)) grpc::experimental::ChannelResetConnectionBackoff(&channel);
}

std::unique_ptr<grpc::ClientContext> ContextFor(const grpc::ServerContextBase* caller) {
  if (caller == nullptr) return std::make_unique<grpc::ClientContext>();
  // Its end alone: the deadline is ours.
  return grpc::ClientContext::FromServerContext(*caller,
                                                grpc::PropagationOptions().disable_deadline_propagation());
}

}  // namespace

ChannelPool::Call::Call(ChannelPool& pool, absl::Time deadline, CallGroup* group)
    : of_pool_(pool.calls_), group_(group), context_(std::make_unique<grpc::ClientContext>()) {
  pool.Prepare(*context_, deadline);
  of_pool_->Add(*context_);
  if (group_ != nullptr) group_->Add(*context_);
}

ChannelPool::Call::Call(ChannelPool& pool, absl::Time deadline, const grpc::ServerContextBase* caller)
    : of_pool_(pool.calls_), group_(nullptr), context_(ContextFor(caller)) {
  pool.Prepare(*context_, deadline);
  of_pool_->Add(*context_);
}

ChannelPool::Call::~Call() {
  of_pool_->Remove(*context_);
  if (group_ != nullptr) group_->Remove(*context_);
}

ChannelPool::ChannelPool(Identity& identity, absl::Duration dial_timeout, size_t most_idle)
    : identity_(identity),
      dial_timeout_(dial_timeout),
      most_idle_(most_idle),
      calls_(std::make_shared<CallGroup>()),
      sweeper_([this] { Run(); }) {}

ChannelPool::~ChannelPool() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.NotifyAll();
  }
  sweeper_.join();
}

std::shared_ptr<grpc::Channel> ChannelPool::Get(const Url& url, Peers peers) {
  const std::string target = url.ToGrpcTarget();
  const uint64_t generation = identity_.generation();
  std::shared_ptr<grpc::Channel> channel;
  {
    MutexLock lock(mutex_);
    Entry& entry = channels_[{target, peers, generation}];
    if (entry.channel == nullptr) {
      entry.channel = grpc::CreateCustomChannel(target, identity_.ForChannel(peers), Arguments());
    }
    entry.last_use = ++uses_;
    channel = entry.channel;
  }
  TryNow(*channel);
  return channel;
}

void ChannelPool::Sweep() {
  std::vector<std::shared_ptr<grpc::Channel>> gone;  // end outside of the lock
  MutexLock lock(mutex_);
  const uint64_t generation = identity_.generation();
  std::map<uint64_t, Key> idle;  // by their last use
  for (auto& [key, entry] : channels_) {
    // Nobody can take hold of it meanwhile: that needs the lock, or another holder.
    if (entry.channel.use_count() > 1) continue;
    const bool is_old = std::get<uint64_t>(key) != generation;
    if (stopping_ || is_old || HasFailed(*entry.channel)) {
      gone.push_back(std::move(entry.channel));
    } else {
      idle[entry.last_use] = key;
    }
  }
  for (; idle.size() > most_idle_; idle.erase(idle.begin())) {
    gone.push_back(std::move(channels_[idle.begin()->second].channel));
  }
  std::erase_if(channels_, [](const auto& channel) { return channel.second.channel == nullptr; });
}

void ChannelPool::Run() {
  while (!AwaitStop()) Sweep();
  for (absl::Time limit = absl::Now() + kLongestEnd; HasChannels() && absl::Now() < limit;) {
    Sweep();
    absl::SleepFor(absl::Milliseconds(1));
  }
}

bool ChannelPool::AwaitStop() {
  MutexLock lock(mutex_);
  if (!stopping_) stop_.WaitFor(mutex_, kSweepInterval);
  return stopping_;
}

bool ChannelPool::HasChannels() {
  MutexLock lock(mutex_);
  return !channels_.empty();
}

absl::Status ChannelPool::Dial(grpc::Channel& channel, const Url& url, absl::Time deadline) {
  if (calls_->is_stopped()) return absl::UnavailableError("this program is stopping");
  absl::Time limit = std::min(deadline, absl::Now() + dial_timeout_);
  TryNow(channel);
  if (channel.WaitForConnected(absl::ToChronoTime(limit))) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("connecting to ", url.ToString(), ": no connection within ",
                                             absl::FormatDuration(dial_timeout_)));
}

void ChannelPool::CancelCalls() { calls_->Stop(); }

void ChannelPool::Prepare(grpc::ClientContext& context, absl::Time deadline) const {
  context.set_deadline(absl::ToChronoTime(deadline));
  identity_.Prepare(context);
}

}  // namespace nsm
