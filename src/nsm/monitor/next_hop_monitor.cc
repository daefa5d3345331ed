// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/next_hop_monitor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "connection.grpc.pb.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "src/nsm/wire/path.h"

namespace nsm {
namespace {

// A stream without connections stays open for others that may come.
constexpr absl::Duration kIdle = absl::Seconds(1);
// A claim waits no longer for a next hop that is connected and does not open the stream.
constexpr absl::Duration kOpensWithin = absl::Seconds(1);
constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(1);

}  // namespace

struct NextHopMonitor::Shared {
  const std::string name;
  ChannelPool& channels;
  const Peers peers;  // who may be at those addresses
  TimerQueue& timers;
  const Callback callback;
  Mutex mutex;
  CondVar changed;
  int reactors GUARDED_BY(mutex) = 0;  // that gRPC is not done with
};

// One stream that is opened again for as long as it has connections and for a moment more; then it is over.
// Each opening has a reactor of its own, which keeps the stream alive until gRPC is done with it.
class NextHopMonitor::Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<Shared> shared, const Url& url) : shared_(std::move(shared)), url_(url) {}

  // False if it is over.
  bool Add(const std::string& id) EXCLUDES(mutex_);
  // Opens it if need be, and waits until its first events have come.
  void AwaitOpen(const std::string& id, absl::Time deadline) EXCLUDES(mutex_);
  // The Request was answered: tells what was held back.
  void Answered(const std::string& id) EXCLUDES(mutex_);
  void Remove(const std::string& id) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);
  bool is_over() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return over_;
  }

 private:
  class Reactor;
  enum class State { kClosed, kOpening, kOpen };  // kOpen: the first events have come
  struct News {
    NextHopNews what;
    std::optional<Connection> theirs;
  };
  struct Entry {
    bool is_answered = false;
    bool is_expected = false;         // in the first events of the opening that is under way
    std::unique_ptr<News> held_back;  // the newest, of one that is not answered
  };

  bool IsClosed() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return state_ == State::kClosed;
  }
  void Open() EXCLUDES(mutex_);
  void EndIfUnused() EXCLUDES(mutex_);
  void StopLocked() REQUIRES(mutex_);
  void OnEvent(const ConnectionEvent& event) EXCLUDES(mutex_);
  void OnLost(const grpc::Status& status) EXCLUDES(mutex_);
  // The id that the connection has here; empty if it is none that we have there.
  std::string OwnId(const Connection& theirs) const;
  // Tells the news or holds them back. Of what is neither claimed nor watched there are none.
  void Take(const std::string& id, News news) EXCLUDES(mutex_);
  void Tell(const std::string& id, const News& news) const {
    shared_->callback(id, news.what, news.theirs ? &*news.theirs : nullptr);
  }
  // The first events are over. Returns what they should have listed.
  std::vector<std::string> EndOpening() EXCLUDES(mutex_);

  const std::shared_ptr<Shared> shared_;
  const Url url_;
  mutable Mutex mutex_;
  CondVar changed_;
  State state_ GUARDED_BY(mutex_) = State::kClosed;
  std::map<std::string, Entry> entries_ GUARDED_BY(mutex_);
  grpc::ClientContext* call_ GUARDED_BY(mutex_) = nullptr;  // while it is not closed
  TimerId retry_ GUARDED_BY(mutex_) = 0;
  TimerId end_ GUARDED_BY(mutex_) = 0;
  absl::Duration pause_ GUARDED_BY(mutex_) = kFirstPause;
  bool over_ GUARDED_BY(mutex_) = false;
};

class NextHopMonitor::Stream::Reactor final : public grpc::ClientReadReactor<ConnectionEvent> {
 public:
  explicit Reactor(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {
    Shared& shared = *stream_->shared_;
    shared.channels.Prepare(call_, absl::InfiniteFuture());
    call_.AddMetadata(kOnlyNewsHeader, "1");
    // Our segment alone: it stands in the path of every connection that we send there.
    selector_.add_path_segments()->set_name(stream_->shared_->name);
    stub_ = ::connection::MonitorConnection::NewStub(shared.channels.Get(stream_->url_, shared.peers));
  }
  grpc::ClientContext* call() { return &call_; }
  void Start() {
    stub_->async()->MonitorConnections(&call_, &selector_, this);
    StartRead(&event_);
    StartCall();
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    stream_->OnEvent(event_);
    event_.Clear();
    StartRead(&event_);
  }
  void OnDone(const grpc::Status& status) override {
    std::shared_ptr<Shared> shared = stream_->shared_;
    stream_->OnLost(status);
    delete this;
    MutexLock lock(shared->mutex);
    --shared->reactors;
    shared->changed.NotifyAll();
  }

  const std::shared_ptr<Stream> stream_;
  std::unique_ptr<::connection::MonitorConnection::Stub> stub_;
  grpc::ClientContext call_;
  MonitorScopeSelector selector_;
  ConnectionEvent event_;
};

bool NextHopMonitor::Stream::Add(const std::string& id) {
  MutexLock lock(mutex_);
  if (over_) return false;
  shared_->timers.Cancel(std::exchange(end_, 0));
  entries_.try_emplace(id);
  return true;
}

void NextHopMonitor::Stream::AwaitOpen(const std::string& id, absl::Time deadline) {
  if (IsClosed()) Open();
  const absl::Time limit = std::min(deadline, absl::Now() + kOpensWithin);
  MutexLock lock(mutex_);
  for (absl::Duration left = limit - absl::Now(); state_ == State::kOpening && left > absl::ZeroDuration();
       left = limit - absl::Now()) {
    changed_.WaitFor(mutex_, left);
  }
  if (state_ == State::kOpen) return;
  // Its Request is sent unheard.
  if (auto entry = entries_.find(id); entry != entries_.end()) entry->second.is_expected = true;
}

void NextHopMonitor::Stream::Answered(const std::string& id) {
  while (true) {
    std::unique_ptr<News> held_back;
    {
      MutexLock lock(mutex_);
      auto entry = entries_.find(id);
      if (entry == entries_.end()) return;
      held_back = std::move(entry->second.held_back);
      if (held_back == nullptr) {
        entry->second.is_answered = true;
        return;
      }
    }
    Tell(id, *held_back);
  }
}

void NextHopMonitor::Stream::Remove(const std::string& id) {
  MutexLock lock(mutex_);
  if (entries_.erase(id) == 0 || !entries_.empty()) return;
  end_ = shared_->timers.Schedule(absl::Now() + kIdle, [self = shared_from_this()] { self->EndIfUnused(); });
}

void NextHopMonitor::Stream::Open() {
  auto reactor = std::make_unique<Reactor>(shared_from_this());
  {
    MutexLock lock(mutex_);
    if (over_ || state_ != State::kClosed) return;
    shared_->timers.Cancel(std::exchange(retry_, 0));
    state_ = State::kOpening;
    call_ = reactor->call();
    for (auto& [id, entry] : entries_) entry.is_expected |= entry.is_answered;
    MutexLock shared_lock(shared_->mutex);
    ++shared_->reactors;
  }
  reactor.release()->Start();
}

void NextHopMonitor::Stream::EndIfUnused() {
  MutexLock lock(mutex_);
  // After the end of the monitor this may come late, and the timers may be gone.
  if (!over_ && entries_.empty()) StopLocked();
}

void NextHopMonitor::Stream::Stop() {
  MutexLock lock(mutex_);
  StopLocked();
}

void NextHopMonitor::Stream::StopLocked() {
  over_ = true;
  shared_->timers.Cancel(retry_);
  shared_->timers.Cancel(end_);
  if (call_ != nullptr) call_->TryCancel();
}

std::string NextHopMonitor::Stream::OwnId(const Connection& theirs) const {
  // The current segment is theirs and so the one before is ours, or it is ours still.
  for (const PathSegment* segment : {PreviousSegment(theirs), CurrentSegment(theirs)}) {
    if (segment != nullptr && segment->name() == shared_->name) return segment->id();
  }
  return "";
}

void NextHopMonitor::Stream::Take(const std::string& id, News news) {
  {
    MutexLock lock(mutex_);
    auto found = entries_.find(id);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    entry.is_expected = false;
    if (!entry.is_answered) {
      entry.held_back = std::make_unique<News>(std::move(news));
      return;
    }
  }
  Tell(id, news);
}

void NextHopMonitor::Stream::OnEvent(const ConnectionEvent& event) {
  {
    MutexLock lock(mutex_);
    pause_ = kFirstPause;
  }
  for (const auto& [their_id, theirs] : event.connections()) {
    std::string id = OwnId(theirs);
    if (id.empty()) continue;
    if (event.type() == ::connection::DELETE) {
      Take(id, {NextHopNews::kClosed, std::nullopt});
    } else {
      Take(id, {NextHopNews::kChanged, theirs});
    }
  }
  if (event.type() != ::connection::INITIAL_STATE_TRANSFER || IsFollowed(event)) return;
  for (const std::string& id : EndOpening()) Take(id, {NextHopNews::kLost, std::nullopt});
}

std::vector<std::string> NextHopMonitor::Stream::EndOpening() {
  MutexLock lock(mutex_);
  std::vector<std::string> missing;
  for (const auto& [id, entry] : entries_) {
    if (entry.is_expected) missing.push_back(id);
  }
  state_ = State::kOpen;
  changed_.NotifyAll();
  return missing;
}

void NextHopMonitor::Stream::OnLost(const grpc::Status& status) {
  std::vector<std::string> lost;
  {
    MutexLock lock(mutex_);
    const bool was_open = std::exchange(state_, State::kClosed) == State::kOpen;
    changed_.NotifyAll();
    call_ = nullptr;
    if (over_) return;
    for (const auto& [id, entry] : entries_) {
      // What waits for an opening that fails was not sent yet.
      if (entry.is_answered || was_open) lost.push_back(id);
    }
    retry_ = shared_->timers.Schedule(absl::Now() + pause_, [self = shared_from_this()] { self->Open(); });
    pause_ = std::min(pause_ * 2, kLongestPause);
  }
  if (lost.empty()) return;
  spdlog::info("monitoring {}: lost ({} connections): {}", url_.ToString(), lost.size(),
               status.error_message());
  for (const std::string& id : lost) Take(id, {NextHopNews::kLost, std::nullopt});
}

NextHopMonitor::NextHopMonitor(std::string name, ChannelPool& channels, Peers peers, TimerQueue& timers,
                               Callback callback)
    : shared_(new Shared{.name = std::move(name),
                         .channels = channels,
                         .peers = peers,
                         .timers = timers,
                         .callback = std::move(callback),
                         .mutex = {},
                         .changed = {}}) {}

NextHopMonitor::~NextHopMonitor() {
  {
    MutexLock lock(mutex_);
    for (const auto& [url, stream] : streams_) stream->Stop();
  }
  MutexLock lock(shared_->mutex);
  while (shared_->reactors > 0) shared_->changed.Wait(shared_->mutex);
}

void NextHopMonitor::Claim(const std::string& id, const Url& next_hop, absl::Time deadline) {
  std::shared_ptr<Stream> stream;
  {
    MutexLock lock(mutex_);
    stream = StreamWith(id, next_hop);
    Ways& ways = ways_[id];
    if (ways.claimed != stream) EndClaim(id, ways);
    ways.claimed = stream;
  }
  stream->AwaitOpen(id, deadline);
}

std::shared_ptr<NextHopMonitor::Stream> NextHopMonitor::StreamWith(const std::string& id,
                                                                   const Url& next_hop) {
  const std::string url = next_hop.ToString();
  auto stream = streams_.find(url);
  if (stream != streams_.end() && stream->second->Add(id)) return stream->second;
  std::erase_if(streams_, [](const auto& entry) { return entry.second->is_over(); });
  auto made = std::make_shared<Stream>(shared_, next_hop);
  made->Add(id);
  return streams_[url] = std::move(made);
}

void NextHopMonitor::EndClaim(const std::string& id, Ways& ways) {
  if (ways.claimed != nullptr && ways.claimed != ways.watched) ways.claimed->Remove(id);
  ways.claimed = nullptr;
}

void NextHopMonitor::Watch(const std::string& id) {
  std::shared_ptr<Stream> stream;
  {
    MutexLock lock(mutex_);
    auto known = ways_.find(id);
    if (known == ways_.end() || known->second.claimed == nullptr) return;
    Ways& ways = known->second;
    if (ways.watched != nullptr && ways.watched != ways.claimed) ways.watched->Remove(id);
    ways.watched = stream = std::exchange(ways.claimed, nullptr);
  }
  stream->Answered(id);
}

void NextHopMonitor::Abandon(const std::string& id) {
  MutexLock lock(mutex_);
  auto known = ways_.find(id);
  if (known == ways_.end()) return;
  EndClaim(id, known->second);
  if (known->second.watched == nullptr) ways_.erase(known);
}

void NextHopMonitor::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  auto known = ways_.find(id);
  if (known == ways_.end()) return;
  EndClaim(id, known->second);
  if (known->second.watched != nullptr) known->second.watched->Remove(id);
  ways_.erase(known);
}

size_t NextHopMonitor::connections() const {
  MutexLock lock(mutex_);
  return ways_.size();
}

size_t NextHopMonitor::streams() const {
  MutexLock lock(mutex_);
  return static_cast<size_t>(std::count_if(streams_.begin(), streams_.end(),
                                           [](const auto& entry) { return !entry.second->is_over(); }));
}

}  // namespace nsm
