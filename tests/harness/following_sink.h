// SPDX-License-Identifier: Apache-2.0
// Follows a search with watch: what there is by it, and how it came to that.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/core/mutex.h"
#include "src/nsm/registry/store.h"

namespace nsm {

// Threading: thread safe.
template <typename Kind>
class FollowingSink final : public FindSink<Kind> {
 public:
  using Entries = std::map<std::string, typename Kind::Entry>;

  void OnFound(typename Kind::Response response) override {
    typename Kind::Entry& entry = *Kind::MutableEntry(response);
    MutexLock lock(mutex_);
    told_.push_back((response.deleted() ? "-" : "") + entry.name());
    if (response.deleted()) {
      entries_.erase(entry.name());
    } else {
      entries_[entry.name()] = entry;
    }
    changed_.NotifyAll();
  }
  void OnDone(absl::Status status) override {
    MutexLock lock(mutex_);
    status_ = std::move(status);
    changed_.NotifyAll();
  }

  // Until what there is by it is so.
  void Await(const std::function<bool(const Entries&)>& is_so) const {
    MutexLock lock(mutex_);
    while (!is_so(entries_)) changed_.Wait(mutex_);
  }
  void AwaitName(const std::string& name) const {
    Await([&](const Entries& entries) { return entries.contains(name); });
  }
  void AwaitNo(const std::string& name) const {
    Await([&](const Entries& entries) { return !entries.contains(name); });
  }
  absl::Status AwaitDone() const {
    MutexLock lock(mutex_);
    while (!status_) changed_.Wait(mutex_);
    return *status_;
  }
  // In the order in which they came; "-name" for deleted ones.
  std::vector<std::string> told() const {
    MutexLock lock(mutex_);
    return told_;
  }

 private:
  mutable Mutex mutex_;
  mutable CondVar changed_;
  Entries entries_ GUARDED_BY(mutex_);
  std::vector<std::string> told_ GUARDED_BY(mutex_);
  std::optional<absl::Status> status_ GUARDED_BY(mutex_);
};

// A search with watch that ends with this object.
template <typename Kind>
class Following {
 public:
  Following(Store<Kind>& store, typename Kind::Entry wanted) {
    typename Kind::Query query;
    *Kind::MutableEntry(query) = std::move(wanted);
    query.set_watch(true);
    call_ = store.Find(std::move(query), sink_);
  }
  ~Following() { call_->Cancel(); }
  Following(const Following&) = delete;
  Following& operator=(const Following&) = delete;
  FollowingSink<Kind>* operator->() const { return sink_.get(); }

 private:
  const std::shared_ptr<FollowingSink<Kind>> sink_ = std::make_shared<FollowingSink<Kind>>();
  std::shared_ptr<FindCall> call_;
};

}  // namespace nsm
