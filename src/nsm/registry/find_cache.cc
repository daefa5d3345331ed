// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/find_cache.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/core/mutex.h"

namespace nsm {
namespace {

// More different queries than this are not watched: each is a stream at every hop.
constexpr size_t kMostWatches = 1000;

}  // namespace

// One query's watch, and what it has told.
template <typename Kind>
class FindCache<Kind>::Watched final : public FindSink<Kind> {
 public:
  using Entries = std::vector<typename Kind::Entry>;

  Watched(std::weak_ptr<Watches> watches, std::string key)
      : watches_(std::move(watches)), key_(std::move(key)) {}

  void OnFound(typename Kind::Response response) override EXCLUDES(mutex_) {
    typename Kind::Entry& entry = *Kind::MutableEntry(response);
    MutexLock lock(mutex_);
    if (response.deleted()) {
      entries_.erase(entry.name());
    } else {
      entries_[entry.name()] = std::move(entry);
    }
  }
  void OnDone(absl::Status status) override EXCLUDES(mutex_);

  void Started(std::shared_ptr<FindCall> call) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (!done_) call_ = std::move(call);
  }
  // Names of what a plain Find has found at the same time.
  void Expect(std::set<std::string> names) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    expected_ = std::move(names);
  }
  // None while it is not sure to know all.
  std::optional<Entries> Answer(absl::Duration now) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    used_ = now;
    if (!expected_) return std::nullopt;
    for (const std::string& name : *expected_) {
      if (!entries_.contains(name)) return std::nullopt;
    }
    // From here on it only changes.
    expected_->clear();
    if (entries_.empty()) return std::nullopt;
    Entries all;
    for (const auto& [name, entry] : entries_) all.push_back(entry);
    return all;
  }
  absl::Duration used() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return used_;
  }
  void Cancel() EXCLUDES(mutex_) {
    std::shared_ptr<FindCall> call;
    {
      MutexLock lock(mutex_);
      call = call_;
    }
    if (call != nullptr) call->Cancel();
  }

 private:
  const std::weak_ptr<Watches> watches_;
  const std::string key_;
  mutable Mutex mutex_;
  std::map<std::string, typename Kind::Entry> entries_ GUARDED_BY(mutex_);
  std::optional<std::set<std::string>> expected_ GUARDED_BY(mutex_);
  std::shared_ptr<FindCall> call_ GUARDED_BY(mutex_);
  absl::Duration used_ GUARDED_BY(mutex_);
  bool done_ GUARDED_BY(mutex_) = false;
};

template <typename Kind>
class FindCache<Kind>::Watches final : public std::enable_shared_from_this<Watches> {
 public:
  Watches(const Clock& clock, TimerQueue& timers, absl::Duration idle)
      : clock_(clock), timers_(timers), idle_(idle) {}

  std::shared_ptr<Watched> Get(const std::string& key) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto it = watches_.find(key);
    return it == watches_.end() ? nullptr : it->second;
  }
  // Null if there are too many, or one is there.
  std::shared_ptr<Watched> Add(const std::string& key) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (stopped_ || watches_.size() >= kMostWatches || watches_.contains(key)) return nullptr;
    auto watched = std::make_shared<Watched>(this->weak_from_this(), key);
    (void)watched->Answer(clock_.Elapsed());  // used
    if (watches_.empty()) ScheduleSweep();
    watches_[key] = watched;
    return watched;
  }
  void Drop(const std::string& key, const Watched& watched) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto it = watches_.find(key);
    if (it != watches_.end() && it->second.get() == &watched) watches_.erase(it);
  }
  size_t size() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return watches_.size();
  }
  void Stop() EXCLUDES(mutex_) {
    std::map<std::string, std::shared_ptr<Watched>> all;
    {
      MutexLock lock(mutex_);
      stopped_ = true;
      all.swap(watches_);
    }
    for (const auto& [key, watched] : all) watched->Cancel();
  }

 private:
  void ScheduleSweep() REQUIRES(mutex_) {
    timers_.Schedule(clock_.Now() + idle_, [weak = this->weak_from_this()] {
      if (auto watches = weak.lock()) watches->Sweep();
    });
  }
  void Sweep() EXCLUDES(mutex_) {
    std::vector<std::shared_ptr<Watched>> unused;
    {
      MutexLock lock(mutex_);
      if (stopped_) return;
      std::erase_if(watches_, [&](const auto& entry) {
        if (clock_.Elapsed() - entry.second->used() < idle_) return false;
        unused.push_back(entry.second);
        return true;
      });
      if (!watches_.empty()) ScheduleSweep();
    }
    for (const auto& watched : unused) watched->Cancel();
  }

  const Clock& clock_;
  TimerQueue& timers_;
  const absl::Duration idle_;
  mutable Mutex mutex_;
  std::map<std::string, std::shared_ptr<Watched>> watches_ GUARDED_BY(mutex_);  // by query
  bool stopped_ GUARDED_BY(mutex_) = false;
};

template <typename Kind>
void FindCache<Kind>::Watched::OnDone(absl::Status) {
  if (auto watches = watches_.lock()) watches->Drop(key_, *this);
  std::shared_ptr<FindCall> call;  // it holds us
  MutexLock lock(mutex_);
  call.swap(call_);
  done_ = true;
}

namespace {

// Tells, at a good end, by which names it passed entries on.
template <typename Kind>
class NamingSink final : public FindSink<Kind> {
 public:
  using OnEnd = std::function<void(std::set<std::string>)>;
  NamingSink(std::shared_ptr<FindSink<Kind>> sink, OnEnd on_end)
      : sink_(std::move(sink)), on_end_(std::move(on_end)) {}
  void OnFound(typename Kind::Response response) override {
    names_.insert(Kind::GetEntry(response).name());
    sink_->OnFound(std::move(response));
  }
  void OnDone(absl::Status status) override {
    if (status.ok()) on_end_(std::move(names_));
    sink_->OnDone(std::move(status));
  }

 private:
  const std::shared_ptr<FindSink<Kind>> sink_;
  const OnEnd on_end_;
  std::set<std::string> names_;
};

}  // namespace

template <typename Kind>
FindCache<Kind>::FindCache(const Clock& clock, TimerQueue& timers, absl::Duration idle)
    : clock_(clock), watches_(std::make_shared<Watches>(clock, timers, idle)) {}

template <typename Kind>
FindCache<Kind>::~FindCache() {
  watches_->Stop();
}

template <typename Kind>
size_t FindCache<Kind>::size() const {
  return watches_->size();
}

template <typename Kind>
std::shared_ptr<FindCall> FindCache<Kind>::Find(const Context& context, typename Kind::Query query,
                                                std::shared_ptr<FindSink<Kind>> sink,
                                                RegistryNext<Kind> next) {
  if (query.watch()) return next.Find(context, std::move(query), std::move(sink));
  const std::string key = query.SerializeAsString();
  std::shared_ptr<Watched> watched = watches_->Get(key);
  if (watched != nullptr) {
    if (auto known = watched->Answer(clock_.Elapsed())) {
      for (typename Kind::Entry& entry : *known) {
        typename Kind::Response response;
        *Kind::MutableEntry(response) = std::move(entry);
        sink->OnFound(std::move(response));
      }
      return EndFind(*sink, absl::OkStatus());
    }
  } else if (watched = watches_->Add(key); watched != nullptr) {
    typename Kind::Query watch = query;
    watch.set_watch(true);
    watched->Started(next.Find(context, std::move(watch), watched));
  }
  if (watched == nullptr) return next.Find(context, std::move(query), std::move(sink));
  auto naming = std::make_shared<NamingSink<Kind>>(
      std::move(sink), [watched](std::set<std::string> names) { watched->Expect(std::move(names)); });
  return next.Find(context, std::move(query), std::move(naming));
}

template class FindCache<ServiceKind>;
template class FindCache<EndpointKind>;

}  // namespace nsm
