// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/next_hop_monitor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
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
// Longer than Requests take that somebody still waits for.
constexpr absl::Duration kAnswersWithin = absl::Minutes(1);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
constexpr size_t kMostMissed = 10'000;
// Between two openings of a stream that works; each lists all connections.
constexpr absl::Duration kFirstLook = absl::Milliseconds(50);
constexpr absl::Duration kLastLook = absl::Seconds(10);

bool IsBad(const ConnectionEvent& event, const Connection& theirs) {
  return event.type() == ::connection::DELETE || theirs.state() != ::connection::UP;
}

}  // namespace

struct NextHopMonitor::Shared {
  const std::string name;
  ChannelPool& channels;
  TimerQueue& timers;
  const Callback callback;
  Mutex mutex;
  CondVar changed;
  int reactors GUARDED_BY(mutex) = 0;  // that gRPC is not done with
};

// One stream that is opened again, with growing pauses, for as long as it has connections to watch and for a
// moment more; then it is over. Each opening has a reactor of its own, which keeps the stream alive until
// gRPC is done with it.
class NextHopMonitor::Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(std::shared_ptr<Shared> shared, const Url& url) : shared_(std::move(shared)), url_(url) {}

  void Open() EXCLUDES(mutex_);
  // False if it is over.
  bool Add(const std::string& id, absl::Time asked) EXCLUDES(mutex_);
  void Remove(const std::string& id) EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);
  bool is_over() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return over_;
  }

 private:
  class Reactor;
  void EndIfUnused() EXCLUDES(mutex_);
  void StopLocked() REQUIRES(mutex_);
  void OnEvent(const ConnectionEvent& event) EXCLUDES(mutex_);
  void OnLost(const grpc::Status& status) EXCLUDES(mutex_);
  // The id that the connection has here; empty if it is none that we have there.
  std::string OwnId(const Connection& theirs) const;
  // Whether we watch it. If not, the answer to its Request may be on its way.
  bool Claim(const std::string& id, bool is_bad_news) EXCLUDES(mutex_);
  // The first events are over. Returns the connections that were there before the stream was opened and are
  // not listed: the next hop was started again in between.
  std::vector<std::string> EndOpening() EXCLUDES(mutex_);
  // Opens the stream anew, since its first events tell how things are.
  void LookAgain() REQUIRES(mutex_);

  const std::shared_ptr<Shared> shared_;
  const Url url_;
  mutable Mutex mutex_;
  std::set<std::string> ids_ GUARDED_BY(mutex_);
  // In the first events of the stream that is being opened; of those that were added since it may know
  // nothing.
  std::set<std::string> expected_ GUARDED_BY(mutex_);
  std::set<std::string> added_ GUARDED_BY(mutex_);
  bool is_opening_ GUARDED_BY(mutex_) = false;
  absl::Time began_ GUARDED_BY(mutex_);  // this opening
  bool looks_again_ GUARDED_BY(mutex_) = false;
  absl::Duration look_pause_ GUARDED_BY(mutex_) = kFirstLook;
  // Of which there was bad news while they were not watched; the newest ones, and those before them.
  std::set<std::string> missed_ GUARDED_BY(mutex_);
  std::set<std::string> missed_before_ GUARDED_BY(mutex_);
  absl::Time missed_since_ GUARDED_BY(mutex_) = absl::InfinitePast();
  grpc::ClientContext* call_ GUARDED_BY(mutex_) = nullptr;
  TimerId retry_ GUARDED_BY(mutex_) = 0;
  TimerId end_ GUARDED_BY(mutex_) = 0;
  absl::Duration pause_ GUARDED_BY(mutex_) = absl::Milliseconds(50);
  bool over_ GUARDED_BY(mutex_) = false;
};

class NextHopMonitor::Stream::Reactor final : public grpc::ClientReadReactor<ConnectionEvent> {
 public:
  explicit Reactor(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {
    stream_->shared_->channels.Prepare(call_, absl::InfiniteFuture());
    call_.AddMetadata(kOnlyNewsHeader, "1");
    // Our segment alone: it stands in the path of every connection that we send there.
    selector_.add_path_segments()->set_name(stream_->shared_->name);
    stub_ = ::connection::MonitorConnection::NewStub(stream_->shared_->channels.Get(stream_->url_));
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

void NextHopMonitor::Stream::Open() {
  auto* reactor = new Reactor(shared_from_this());
  {
    MutexLock lock(mutex_);
    retry_ = 0;
    if (over_) {
      delete reactor;
      return;
    }
    call_ = reactor->call();
    expected_ = ids_;
    added_.clear();
    is_opening_ = true;
    began_ = absl::Now();
    MutexLock shared_lock(shared_->mutex);
    ++shared_->reactors;
  }
  reactor->Start();
}

bool NextHopMonitor::Stream::Add(const std::string& id, absl::Time asked) {
  MutexLock lock(mutex_);
  if (over_) return false;
  shared_->timers.Cancel(std::exchange(end_, 0));
  ids_.insert(id);
  const bool has_missed = missed_.erase(id) + missed_before_.erase(id) > 0;
  if (is_opening_) {
    added_.insert(id);
  } else if (has_missed || began_ > asked) {
    LookAgain();
  }
  return true;
}

void NextHopMonitor::Stream::LookAgain() {
  if (call_ == nullptr) return;  // it will be opened again anyway
  looks_again_ = true;
  call_->TryCancel();
}

void NextHopMonitor::Stream::Remove(const std::string& id) {
  MutexLock lock(mutex_);
  expected_.erase(id);  // it may come back before the first events of a new stream do
  added_.erase(id);
  if (ids_.erase(id) == 0 || !ids_.empty()) return;
  end_ = shared_->timers.Schedule(absl::Now() + kIdle, [self = shared_from_this()] { self->EndIfUnused(); });
}

void NextHopMonitor::Stream::EndIfUnused() {
  MutexLock lock(mutex_);
  // After the end of the monitor this may come late, and the timers may be gone.
  if (!over_ && ids_.empty()) StopLocked();
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

bool NextHopMonitor::Stream::Claim(const std::string& id, bool is_bad_news) {
  MutexLock lock(mutex_);
  expected_.erase(id);
  added_.erase(id);
  if (ids_.contains(id)) return true;
  if (!is_bad_news) return false;
  const absl::Time now = absl::Now();
  if (now - missed_since_ > kAnswersWithin || missed_.size() >= kMostMissed) {
    missed_before_ = std::exchange(missed_, {});
    missed_since_ = now;
  }
  missed_.insert(id);
  return false;
}

void NextHopMonitor::Stream::OnEvent(const ConnectionEvent& event) {
  {
    MutexLock lock(mutex_);
    pause_ = absl::Milliseconds(50);
  }
  for (const auto& [their_id, theirs] : event.connections()) {
    std::string id = OwnId(theirs);
    if (id.empty() || !Claim(id, IsBad(event, theirs))) continue;
    if (event.type() == ::connection::DELETE) {
      shared_->callback(id, NextHopNews::kClosed, nullptr);
    } else {
      shared_->callback(id, NextHopNews::kChanged, &theirs);
    }
  }
  if (event.type() != ::connection::INITIAL_STATE_TRANSFER || IsFollowed(event)) return;
  for (const std::string& id : EndOpening()) shared_->callback(id, NextHopNews::kLost, nullptr);
}

std::vector<std::string> NextHopMonitor::Stream::EndOpening() {
  MutexLock lock(mutex_);
  is_opening_ = false;
  if (added_.empty()) {
    look_pause_ = kFirstLook;
  } else {
    LookAgain();
  }
  std::vector<std::string> missing;
  for (const std::string& id : std::exchange(expected_, {})) {
    if (ids_.contains(id)) missing.push_back(id);
  }
  return missing;
}

void NextHopMonitor::Stream::OnLost(const grpc::Status& status) {
  std::vector<std::string> lost;
  {
    MutexLock lock(mutex_);
    call_ = nullptr;
    is_opening_ = false;
    if (over_) return;
    const bool looks_again = std::exchange(looks_again_, false);
    absl::Duration& pause = looks_again ? look_pause_ : pause_;
    if (!looks_again) lost.assign(ids_.begin(), ids_.end());
    retry_ = shared_->timers.Schedule(absl::Now() + pause, [self = shared_from_this()] { self->Open(); });
    pause = std::min(pause * 2, looks_again ? kLastLook : kLongestPause);
  }
  if (lost.empty()) return;
  spdlog::info("monitoring {}: lost ({} connections): {}", url_.ToString(), lost.size(),
               status.error_message());
  for (const std::string& id : lost) shared_->callback(id, NextHopNews::kLost, nullptr);
}

NextHopMonitor::NextHopMonitor(std::string name, ChannelPool& channels, TimerQueue& timers, Callback callback)
    : shared_(new Shared{.name = std::move(name),
                         .channels = channels,
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

void NextHopMonitor::Watch(const std::string& id, const Url& next_hop, absl::Time asked) {
  const std::string url = next_hop.ToString();
  std::shared_ptr<Stream> opened;
  {
    MutexLock lock(mutex_);
    auto known = next_hops_.find(id);
    if (known != next_hops_.end() && known->second == url) return;
    if (known != next_hops_.end()) streams_.at(known->second)->Remove(id);
    next_hops_[id] = url;
    auto stream = streams_.find(url);
    if (stream == streams_.end() || !stream->second->Add(id, asked)) {
      std::erase_if(streams_, [](const auto& entry) { return entry.second->is_over(); });
      streams_[url] = opened = std::make_shared<Stream>(shared_, next_hop);
      opened->Add(id, asked);
    }
  }
  if (opened != nullptr) opened->Open();
}

void NextHopMonitor::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  auto known = next_hops_.find(id);
  if (known == next_hops_.end()) return;
  streams_.at(known->second)->Remove(id);
  next_hops_.erase(known);
}

size_t NextHopMonitor::connections() const {
  MutexLock lock(mutex_);
  return next_hops_.size();
}

size_t NextHopMonitor::streams() const {
  MutexLock lock(mutex_);
  return static_cast<size_t>(std::count_if(streams_.begin(), streams_.end(),
                                           [](const auto& entry) { return !entry.second->is_over(); }));
}

}  // namespace nsm
