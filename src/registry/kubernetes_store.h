// SPDX-License-Identifier: Apache-2.0
// The store of a registry that runs as several replicas in a Kubernetes cluster: each entry is a custom
// resource (object_spec.h), in the namespace given. Nothing is kept here that another replica would miss.
//
// Searches are answered from a picture that follows the objects of all namespaces, whoever writes them; while
// the API server is away, from the picture as it was. Changes are tried at the server until their deadline,
// and a change returns when the picture has it.
//
// What has ended is deleted, in whatever namespace it is, and shown until the server has said yes: who does
// not reach the server does not hear of renewals either. For the same reason nothing ends until it could have
// been renewed after an outage. A service that is put as it is, but for who has registered it, is not
// written.
//
// Threading: thread safe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/core/timer_queue.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/reflector.h"
#include "src/nsm/registry/expiries.h"
#include "src/nsm/registry/known_entries.h"
#include "src/registry/object_table.h"

namespace nsm::registry {

template <typename Kind>
class KubernetesStore final : public Store<Kind> {
 public:
  using Entry = typename Kind::Entry;
  using typename Store<Kind>::Versioned;
  // API, clock and timers outlive this; timers' functions may block for as long as the API's calls.
  // `name_space`: where new objects are put, the same for all replicas.
  KubernetesStore(kubernetes::Api& api, std::string name_space, const Clock& clock, TimerQueue& timers);
  ~KubernetesStore() override;

  absl::StatusOr<std::optional<Versioned>> Get(const std::string& name) const override;
  std::vector<Entry> List() const override { return known_.List(); }
  std::shared_ptr<FindCall> Find(typename Kind::Query query, std::shared_ptr<FindSink<Kind>> sink) override;
  size_t watches() const override { return known_.watches(); }
  // Beside the others' errors: FAILED_PRECONDITION where the cluster or its administrator does not let this
  // registry write, INVALID_ARGUMENT where the server refuses the entry itself.
  absl::StatusOr<Revision> PutIf(Entry entry, const Revision& expected, absl::Time deadline) override;
  absl::Status RemoveIf(const std::string& name, const Revision& expected, absl::Time deadline) override;

  // Ends changes that wait for the server, with UNAVAILABLE, and all later ones at their first failure.
  void Stop() EXCLUDES(mutex_);
  // OK once something is known here, else UNAVAILABLE and why.
  absl::Status CheckListed() const EXCLUDES(mutex_);
  // OK while the picture follows the server; else why not.
  absl::Status state() const { return reflector_->state(); }

 private:
  using Object = typename ObjectTable<Kind>::Object;
  // An object that is to be deleted as it was when its end was seen.
  struct Ended {
    kubernetes::ObjectKey key;
    kubernetes::Preconditions as_it_was;
  };
  // How an entry's object is written: created if `before` is kNoEntry.
  struct Write {
    kubernetes::Json object;
    Revision before;
  };

  void OnChanges(const std::vector<kubernetes::Change>& changes) EXCLUDES(mutex_);
  void Take(const kubernetes::ObjectPtr& json) REQUIRES(mutex_);
  void Drop(const kubernetes::ObjectKey& key) REQUIRES(mutex_);
  void Tell(const std::vector<std::string>& names) REQUIRES(mutex_);

  absl::StatusOr<Write> Plan(const Entry& entry, const Revision& expected) EXCLUDES(mutex_);
  // Calls until it is not UNAVAILABLE or the deadline is near.
  absl::Status Try(const std::string& what, absl::Time deadline, const std::function<absl::Status()>& call)
      EXCLUDES(mutex_);
  // Until the picture has another revision of the object than that, or for a while.
  void AwaitNews(const kubernetes::ObjectKey& key, const Revision& before) EXCLUDES(mutex_);

  void OnDue() EXCLUDES(mutex_);
  void Delete(const Ended& ended) EXCLUDES(mutex_);
  void Postpone(const Ended& ended, absl::Duration pause) REQUIRES(mutex_);
  bool IsStill(const Ended& ended) const REQUIRES(mutex_);

  kubernetes::Resource In(const std::string& name_space) const;

  kubernetes::Api& api_;
  const std::string name_space_;
  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar changed_;
  bool listed_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  ObjectTable<Kind> objects_ GUARDED_BY(mutex_);
  // When what we write ends: an object with just that is our own.
  std::map<kubernetes::ObjectKey, absl::Time> written_ GUARDED_BY(mutex_);
  // Nothing ends before this, by Clock::Elapsed: the server was away, and all may yet be renewed.
  absl::Duration patient_until_ GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  KnownEntries<Kind> known_;
  std::optional<Expiries> expiries_;
  std::optional<kubernetes::Reflector> reflector_;  // first to go: what it tells changes the others
};

}  // namespace nsm::registry
