// SPDX-License-Identifier: Apache-2.0
#include "src/registry/kubernetes_store.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "google/protobuf/util/message_differencer.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/backoff.h"
#include "src/kubernetes/status.h"
#include "src/nsm/rpc/deadline.h"
#include "src/nsm/wire/expiry.h"
#include "src/registry/life_at_sight.h"
#include "src/registry/object_name.h"
#include "src/registry/object_spec.h"

namespace nsm::registry {
namespace {

using kubernetes::Json;
using kubernetes::ObjectKey;

constexpr absl::Duration kFirstPause = absl::Milliseconds(100);
constexpr absl::Duration kLongestPause = absl::Seconds(1);
// How long a change waits for the picture, which may be behind.
constexpr absl::Duration kLongestNews = absl::Seconds(1);
// When to look again for the server, which must say that what has ended was not renewed.
constexpr absl::Duration kLookAgain = absl::Seconds(5);

std::string ExpiryKey(const ObjectKey& key) { return absl::StrCat(key.name_space, "/", key.name); }

ObjectKey KeyOfExpiry(const std::string& key) {
  std::pair<std::string, std::string> parts = absl::StrSplit(key, absl::MaxSplits('/', 1));
  return {.name_space = parts.first, .name = parts.second};
}

// What keeps this registry from writing is nothing that its caller did.
absl::Status AsOurFault(const absl::Status& status) {
  if (!absl::IsPermissionDenied(status) && !absl::IsUnauthenticated(status) && !absl::IsNotFound(status)) {
    return status;
  }
  return absl::FailedPreconditionError(
      absl::StrCat("this registry may not write its entries: ", status.message()));
}

absl::Status Overtaken(const std::string& name) {
  return absl::AbortedError(absl::StrCat(name, " was changed by somebody else"));
}

// Half of an object is about who has set which of its fields. Who leaves it out of an update changes none of
// it.
Json WithoutManagers(Json object) {
  if (auto metadata = object.find("metadata"); metadata != object.end()) metadata->erase("managedFields");
  return object;
}

// Every endpoint of a service registers it, again and again. Who did so last is worth no write, which by
// turns all of them would be refused, and of which everybody who watches would hear.
bool IsOldNews(NetworkService known, NetworkService entry) {
  known.clear_path_ids();
  entry.clear_path_ids();
  return google::protobuf::util::MessageDifferencer::Equals(known, entry);
}
// Each renewal gives it another end.
bool IsOldNews(const NetworkServiceEndpoint&, const NetworkServiceEndpoint&) { return false; }

bool IsOvertaken(const absl::Status& status) {
  return absl::IsAborted(status) || absl::IsAlreadyExists(status);
}

}  // namespace

template <typename Kind>
KubernetesStore<Kind>::KubernetesStore(kubernetes::Api& api, std::string name_space, const Clock& clock,
                                       TimerQueue& timers)
    : api_(api), name_space_(name_space), clock_(clock), objects_(std::move(name_space)) {
  MutexLock lock(mutex_);  // what the reflector tells waits until it is there
  expiries_.emplace(clock, timers, [this] { OnDue(); });
  kubernetes::Reflector::Options options;
  options.query.resource = In("");
  options.trim = WithoutManagers;
  reflector_.emplace(api, options,
                     [this](const std::vector<kubernetes::Change>& changes) { OnChanges(changes); });
}

template <typename Kind>
KubernetesStore<Kind>::~KubernetesStore() {
  expiries_->Stop();  // its function asks the reflector
}

template <typename Kind>
void KubernetesStore<Kind>::Stop() {
  MutexLock lock(mutex_);
  stopping_ = true;
  changed_.NotifyAll();
}

template <typename Kind>
absl::StatusOr<std::optional<typename KubernetesStore<Kind>::Versioned>> KubernetesStore<Kind>::Get(
    const std::string& name) const {
  RETURN_IF_ERROR(CheckListed());
  return known_.Get(name);
}

template <typename Kind>
std::shared_ptr<FindCall> KubernetesStore<Kind>::Find(typename Kind::Query query,
                                                      std::shared_ptr<FindSink<Kind>> sink) {
  if (absl::Status listed = CheckListed(); !listed.ok()) return EndFind(*sink, listed);
  return known_.Find(std::move(query), std::move(sink));
}

template <typename Kind>
absl::StatusOr<Revision> KubernetesStore<Kind>::PutIf(Entry entry, const Revision& expected,
                                                      absl::Time deadline) {
  RETURN_IF_ERROR(CheckListed());
  auto known = known_.Get(entry.name());
  if (known && known->revision == expected && IsOldNews(known->entry, entry)) return expected;
  ASSIGN_OR_RETURN(const Write write, Plan(entry, expected));
  const bool is_new = write.before == kNoEntry;
  const ObjectKey key = kubernetes::KeyOf(write.object);
  Revision written;
  const absl::Status status = Try(absl::StrCat("keeping ", entry.name()), deadline, [&] {
    absl::StatusOr<Json> answer =
        is_new ? api_.Create(In(name_space_), write.object) : api_.Update(In(name_space_), write.object);
    if (answer.ok()) written = kubernetes::ResourceVersion(*answer);
    return answer.status();
  });
  if (status.ok()) {
    // What changes nothing makes no revision.
    if (written != write.before) AwaitNews(key, write.before);
    return written;
  }
  {
    MutexLock lock(mutex_);
    written_.erase(key);
  }
  if (!IsOvertaken(status) && (is_new || !absl::IsNotFound(status))) return AsOurFault(status);
  AwaitNews(key, write.before);
  return absl::AbortedError(status.message());
}

template <typename Kind>
absl::Status KubernetesStore<Kind>::RemoveIf(const std::string& name, const Revision& expected,
                                             absl::Time deadline) {
  RETURN_IF_ERROR(CheckListed());
  ObjectKey key;
  kubernetes::Preconditions as_it_is;
  {
    MutexLock lock(mutex_);
    const Object* known = objects_.Of(name);
    if (known == nullptr) return absl::OkStatus();
    if (known->revision() != expected) return Overtaken(name);
    key = known->key();
    as_it_is = {.uid = kubernetes::Uid(*known->json), .resource_version = expected};
  }
  const absl::Status status = Try(absl::StrCat("removing ", name), deadline,
                                  [&] { return api_.Delete(In(key.name_space), key.name, as_it_is); });
  if (!status.ok() && !IsOvertaken(status) && !absl::IsNotFound(status)) return AsOurFault(status);
  AwaitNews(key, expected);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

template <typename Kind>
void KubernetesStore<Kind>::OnChanges(const std::vector<kubernetes::Change>& changes) {
  MutexLock lock(mutex_);
  listed_ = true;
  for (const kubernetes::Change& change : changes) {
    if (change.after != nullptr) {
      Take(change.after);
    } else {
      Drop(kubernetes::KeyOf(*change.before));
    }
  }
  changed_.NotifyAll();
}

template <typename Kind>
void KubernetesStore<Kind>::Take(const kubernetes::ObjectPtr& json) {
  const ObjectKey key = kubernetes::KeyOf(*json);
  Object object{.json = json, .entry = std::nullopt};
  expiries_->Clear(ExpiryKey(key));
  if (absl::StatusOr<Entry> entry = EntryOf<Kind>(*json); !entry.ok()) {
    spdlog::warn("{} {}: leaving it out: {}", ObjectKind<Kind>::kName, ExpiryKey(key),
                 std::string(entry.status().message()));
  } else if (const absl::Time end = Kind::EndOf(*entry); end == absl::InfiniteFuture()) {
    object.entry = *std::move(entry);
  } else {
    auto written = written_.find(key);
    const bool is_own = written != written_.end() && written->second == end;
    const absl::Duration life = LifeAtSight(end, clock_.Now(), is_own);
    expiries_->Set(ExpiryKey(key), life);
    object.entry = *std::move(entry);
    object.ended = life == absl::ZeroDuration();
  }
  Tell(objects_.Set(std::move(object)));
}

template <typename Kind>
void KubernetesStore<Kind>::Drop(const ObjectKey& key) {
  expiries_->Clear(ExpiryKey(key));
  written_.erase(key);
  Tell(objects_.Erase(key));
}

template <typename Kind>
void KubernetesStore<Kind>::Tell(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const Object* object = objects_.Of(name);
    if (object == nullptr) {
      known_.Erase(name);
    } else if (known_.RevisionOf(name) != object->revision()) {
      known_.Put(*object->entry, object->revision());
    }
  }
}

template <typename Kind>
absl::Status KubernetesStore<Kind>::CheckListed() const {
  {
    MutexLock lock(mutex_);
    if (listed_) return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      "the Kubernetes API server has not said yet what is registered: ", reflector_->state().message()));
}

template <typename Kind>
absl::StatusOr<typename KubernetesStore<Kind>::Write> KubernetesStore<Kind>::Plan(const Entry& entry,
                                                                                  const Revision& expected) {
  const std::string& name = entry.name();
  ASSIGN_OR_RETURN(Json spec, ToSpec<Kind>(entry));
  MutexLock lock(mutex_);
  const Object* known = objects_.Of(name);
  if ((known == nullptr ? kNoEntry : known->revision()) != expected) return Overtaken(name);
  Write write;
  const Object* ours = objects_.OursOf(name);
  if (ours == nullptr) {
    const ObjectKey key = {.name_space = name_space_, .name = ObjectName(name)};
    ours = objects_.Find(key);
    if (ours != nullptr && ours->entry) {
      return absl::FailedPreconditionError(absl::StrCat("keeping ", name, ": its object ", ExpiryKey(key),
                                                        " is taken by ", ours->entry->name()));
    }
  }
  if (ours == nullptr) {
    write.object = {{"apiVersion", absl::StrCat(kObjectGroup, "/", kObjectVersion)},
                    {"kind", ObjectKind<Kind>::kName},
                    {"metadata", {{"name", ObjectName(name)}, {"namespace", name_space_}}}};
  } else {
    write.object = *ours->json;  // with the labels and annotations that others have put there
    write.before = ours->revision();
  }
  write.object["spec"] = std::move(spec);
  if (absl::Time end = Kind::EndOf(entry); end != absl::InfiniteFuture()) {
    written_[kubernetes::KeyOf(write.object)] = end;
  }
  return write;
}

template <typename Kind>
absl::Status KubernetesStore<Kind>::Try(const std::string& what, absl::Time deadline,
                                        const std::function<absl::Status()>& call) {
  const absl::Time now = absl::Now();  // deadlines come from gRPC, which counts real time
  const absl::Time end = DeadlineForNextHop(std::min(deadline, now + kLongestRegistryCall), now);
  kubernetes::Backoff backoff({.first = kFirstPause, .longest = kLongestPause}, std::random_device()());
  while (true) {
    const absl::Duration started = Elapsed();
    const absl::Status status = call();
    if (!absl::IsUnavailable(status)) return status;
    const absl::Duration pause =
        std::max(backoff.Next(), kubernetes::RetryAfter(status).value_or(absl::ZeroDuration()));
    // Another try may take as long as this one.
    const absl::Duration until = Elapsed() + pause;
    const bool is_late = absl::Now() + pause + (Elapsed() - started) > end;
    MutexLock lock(mutex_);
    while (!is_late && !stopping_ && Elapsed() < until) changed_.WaitFor(mutex_, until - Elapsed());
    if (is_late || stopping_) {
      return absl::UnavailableError(absl::StrCat(
          what, ": the Kubernetes API server could not be told in time, try again: ", status.message()));
    }
  }
}

template <typename Kind>
void KubernetesStore<Kind>::AwaitNews(const ObjectKey& key, const Revision& before) {
  const absl::Duration until = Elapsed() + kLongestNews;
  MutexLock lock(mutex_);
  while (!stopping_ && Elapsed() < until) {
    const Object* known = objects_.Find(key);
    if ((known == nullptr ? kNoEntry : known->revision()) != before) return;
    changed_.WaitFor(mutex_, until - Elapsed());
  }
}

template <typename Kind>
void KubernetesStore<Kind>::OnDue() {
  const bool is_followed = reflector_->state().ok();
  std::vector<Ended> all;
  {
    MutexLock lock(mutex_);
    if (!is_followed) patient_until_ = clock_.Elapsed() + kAssumedLife;
    for (const std::string& key : expiries_->TakeDue()) {
      const Object* object = objects_.Find(KeyOfExpiry(key));
      if (object == nullptr) continue;
      all.push_back({object->key(), {kubernetes::Uid(*object->json), object->revision()}});
    }
  }
  for (const Ended& ended : all) Delete(ended);
}

template <typename Kind>
void KubernetesStore<Kind>::Delete(const Ended& ended) {
  {
    MutexLock lock(mutex_);
    const absl::Duration left = patient_until_ - clock_.Elapsed();
    if (left > absl::ZeroDuration()) return Postpone(ended, std::min(left, kLookAgain));
  }
  const absl::Status status = api_.Delete(In(ended.key.name_space), ended.key.name, ended.as_it_was);
  if (status.ok()) {
    return spdlog::info("{} was not registered again in time; removed it", ExpiryKey(ended.key));
  }
  if (absl::IsNotFound(status) || absl::IsAborted(status)) return;  // the reflector has news of it
  MutexLock lock(mutex_);
  if (absl::IsUnavailable(status)) {
    patient_until_ = clock_.Elapsed() + kAssumedLife;
    return Postpone(ended, kLookAgain);
  }
  spdlog::warn("{} was not registered again in time and stays where it is: {}", ExpiryKey(ended.key),
               std::string(status.message()));
  if (IsStill(ended)) Tell(objects_.End(ended.key));
}

template <typename Kind>
void KubernetesStore<Kind>::Postpone(const Ended& ended, absl::Duration pause) {
  if (IsStill(ended)) expiries_->Set(ExpiryKey(ended.key), pause);
}

template <typename Kind>
bool KubernetesStore<Kind>::IsStill(const Ended& ended) const {
  const Object* object = objects_.Find(ended.key);
  return object != nullptr && object->revision() == ended.as_it_was.resource_version;
}

template <typename Kind>
kubernetes::Resource KubernetesStore<Kind>::In(const std::string& name_space) const {
  return {kObjectGroup, kObjectVersion, ObjectKind<Kind>::kPlural, name_space};
}

template class KubernetesStore<ServiceKind>;
template class KubernetesStore<EndpointKind>;

}  // namespace nsm::registry
