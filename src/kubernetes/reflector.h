// SPDX-License-Identifier: Apache-2.0
// Keeps a picture of what a query finds at the API server and tells every change of it: lists once, then
// watches, and lists again only where the server no longer knows what happened since. The server may be away
// at any time, also from the start: the picture stays as it was, log lines say so once, and it is tried again
// until the server is there. What changed in between is told then.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/mutex.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/backoff.h"
#include "src/kubernetes/picture.h"

namespace nsm::kubernetes {

// Threading: thread safe.
class Reflector {
 public:
  // On the reflector's own thread, one call after the other, once the picture has changed. What a list shows
  // comes in one call, which for the first list comes also if that is nothing; then every event of the watch
  // in its order.
  using OnChanges = std::function<void(const std::vector<Change>& changes)>;

  struct Options {
    Query query;
    Backoff::Options backoff = {};
    // What is kept of an object, of which the metadata's name, namespace, uid and resourceVersion are needed
    // here; empty: all.
    std::function<Json(Json object)> trim = {};
  };

  Reflector(Api& api, Options options, OnChanges on_changes);
  // At once, whatever is under way. `on_changes` is not called afterwards. Not from there.
  ~Reflector();

  Picture picture() const EXCLUDES(mutex_);
  // Null: there is none.
  ObjectPtr Find(const ObjectKey& key) const EXCLUDES(mutex_);
  // Whether there was a list; until then the picture is empty.
  bool listed() const EXCLUDES(mutex_);
  // OK while the picture is followed; otherwise why it may be old.
  absl::Status state() const EXCLUDES(mutex_);

 private:
  void Run(const std::stop_token& stop) EXCLUDES(mutex_);
  absl::Status List(const std::stop_token& stop) EXCLUDES(mutex_);
  // What the watch ended with. `was_of_use`: something was heard, or it lasted.
  absl::Status Watch(const std::stop_token& stop, bool* was_of_use) EXCLUDES(mutex_);
  void OnEvent(WatchEvent event) EXCLUDES(mutex_);
  void SetState(const absl::Status& state) EXCLUDES(mutex_);
  void Pause(absl::Duration time, const std::stop_token& stop) EXCLUDES(mutex_);

  Api& api_;
  const Options options_;
  const OnChanges on_changes_;
  std::string version_;  // of the last that was heard; empty: list first. The thread's own
  mutable Mutex mutex_;
  CondVar stopped_;
  Picture picture_ GUARDED_BY(mutex_);
  bool listed_ GUARDED_BY(mutex_) = false;
  absl::Status state_ GUARDED_BY(mutex_) = absl::UnavailableError("not listed yet");
  std::jthread thread_;
};

}  // namespace nsm::kubernetes
