// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/known_entries.h"

#include <map>

#include "src/core/mutex.h"
#include "src/nsm/registry/query_match.h"

namespace nsm {
namespace {

template <typename Kind>
typename Kind::Response ToResponse(const typename Kind::Entry& entry, bool deleted) {
  typename Kind::Response response;
  *Kind::MutableEntry(response) = entry;
  response.set_deleted(deleted);
  return response;
}

}  // namespace

template <typename Kind>
class KnownEntries<Kind>::State : public std::enable_shared_from_this<State> {
 public:
  void Put(Entry entry, Revision revision) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    const std::string name = entry.name();
    auto [it, added] = entries_.try_emplace(name);
    const Entry before = std::exchange(it->second, {std::move(entry), std::move(revision)}).entry;
    Tell(added ? nullptr : &before, &it->second.entry);
  }

  std::optional<Versioned> Get(const std::string& name) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto it = entries_.find(name);
    if (it == entries_.end()) return std::nullopt;
    return it->second;
  }

  Revision RevisionOf(const std::string& name) const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto it = entries_.find(name);
    return it == entries_.end() ? kNoEntry : it->second.revision;
  }

  void Erase(const std::string& name) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    auto node = entries_.extract(name);
    if (!node.empty()) Tell(&node.mapped().entry, nullptr);
  }

  std::shared_ptr<FindCall> Find(typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink)
      EXCLUDES(mutex_) {
    auto call = std::make_shared<Call>(this->weak_from_this());
    {
      MutexLock lock(mutex_);
      Snapshot(Kind::GetEntry(query), *sink);
      if (query.watch()) {
        std::string key = Kind::GetEntry(query).name();
        watches_.emplace(std::move(key), Watch{std::move(*Kind::MutableEntry(query)), sink, call.get()});
        return call;
      }
    }
    sink->OnDone(absl::OkStatus());
    return call;
  }

  std::vector<Entry> List() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    std::vector<Entry> entries;
    for (const auto& [name, kept] : entries_) entries.push_back(kept.entry);
    return entries;
  }

  size_t watches() const EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return watches_.size();
  }

  void EndWatches(const absl::Status& status) EXCLUDES(mutex_) {
    std::multimap<std::string, Watch> ended;
    {
      MutexLock lock(mutex_);
      ended.swap(watches_);
    }
    for (auto& [key, watch] : ended) watch.sink->OnDone(status);
  }

 private:
  class Call final : public FindCall {
   public:
    explicit Call(std::weak_ptr<State> state) : state_(std::move(state)) {}
    void Cancel() override {
      if (std::shared_ptr<State> state = state_.lock()) state->Cancel(this);
    }

   private:
    const std::weak_ptr<State> state_;
  };
  struct Watch {
    Entry wanted;
    std::shared_ptr<FindSink<Kind>> sink;
    const Call* call = nullptr;  // says only which it is
  };

  void Snapshot(const Entry& wanted, FindSink<Kind>& sink) REQUIRES(mutex_) {
    auto first = wanted.name().empty() ? entries_.begin() : entries_.find(wanted.name());
    for (auto it = first; it != entries_.end(); ++it) {
      if (MatchesQuery(wanted, it->second.entry)) sink.OnFound(ToResponse<Kind>(it->second.entry, false));
      if (!wanted.name().empty()) return;
    }
  }

  // At least one of the two is there, and both have the same name.
  void Tell(const Entry* before, const Entry* after) REQUIRES(mutex_) {
    // Watches are kept by the name that they ask for, so that a change does not touch those of other names.
    for (const std::string& key : {std::string(), (after != nullptr ? after : before)->name()}) {
      auto [first, last] = watches_.equal_range(key);
      for (auto it = first; it != last; ++it) TellOne(it->second, before, after);
    }
  }
  void TellOne(const Watch& watch, const Entry* before, const Entry* after) REQUIRES(mutex_) {
    if (after != nullptr && MatchesQuery(watch.wanted, *after)) {
      watch.sink->OnFound(ToResponse<Kind>(*after, false));
    } else if (before != nullptr && MatchesQuery(watch.wanted, *before)) {
      watch.sink->OnFound(ToResponse<Kind>(*before, true));
    }
  }

  void Cancel(const Call* call) EXCLUDES(mutex_) {
    std::shared_ptr<FindSink<Kind>> sink;
    {
      MutexLock lock(mutex_);
      for (auto it = watches_.begin(); it != watches_.end(); ++it) {
        if (it->second.call != call) continue;
        sink = std::move(it->second.sink);
        watches_.erase(it);
        break;
      }
    }
    if (sink != nullptr) sink->OnDone(absl::CancelledError("the search was cancelled"));
  }

  mutable Mutex mutex_;
  std::map<std::string, Versioned> entries_ GUARDED_BY(mutex_);
  std::multimap<std::string, Watch> watches_ GUARDED_BY(mutex_);
};

template <typename Kind>
KnownEntries<Kind>::KnownEntries() : state_(std::make_shared<State>()) {}

template <typename Kind>
KnownEntries<Kind>::~KnownEntries() {
  state_->EndWatches(absl::UnavailableError("the registry is stopping"));
}

template <typename Kind>
void KnownEntries<Kind>::Put(Entry entry, Revision revision) {
  state_->Put(std::move(entry), std::move(revision));
}

template <typename Kind>
void KnownEntries<Kind>::Erase(const std::string& name) {
  state_->Erase(name);
}

template <typename Kind>
std::optional<typename KnownEntries<Kind>::Versioned> KnownEntries<Kind>::Get(const std::string& name) const {
  return state_->Get(name);
}

template <typename Kind>
Revision KnownEntries<Kind>::RevisionOf(const std::string& name) const {
  return state_->RevisionOf(name);
}

template <typename Kind>
std::shared_ptr<FindCall> KnownEntries<Kind>::Find(typename Kind::Query query,
                                                   std::shared_ptr<FindSink<Kind>> sink) {
  return state_->Find(std::move(query), std::move(sink));
}

template <typename Kind>
std::vector<typename Kind::Entry> KnownEntries<Kind>::List() const {
  return state_->List();
}

template <typename Kind>
size_t KnownEntries<Kind>::watches() const {
  return state_->watches();
}

template class KnownEntries<ServiceKind>;
template class KnownEntries<EndpointKind>;

}  // namespace nsm
