// SPDX-License-Identifier: Apache-2.0
// Keeps a picture of what a query finds at the API server and tells every change of it: lists once, then
// watches, and lists again only where the server no longer knows what happened since. The server may be away
// at any time, also from the start: the picture stays as it was, and it is tried again until it is there.
// What changed in between is told then.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "src/core/mutex.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/backoff.h"

namespace nsm::kubernetes {

// An object is added (no `before`), deleted (no `after`) or updated. One that was deleted and made again is
// both, in this order.
struct Change {
  ObjectPtr before;  // as it was told last
  ObjectPtr after;
  std::string resource_version;  // of the change; of one that only a new list shows, the list's
};

using Picture = std::map<ObjectKey, ObjectPtr>;

// Threading: thread safe.
class Reflector {
 public:
  // On the reflector's own thread, one call after the other, once the picture has changed. What a list shows
  // comes in one call, also if that is nothing, when it is the first one; then every event of the watch in
  // its order.
  using OnChanges = std::function<void(const std::vector<Change>& changes)>;

  struct Options {
    Query query;
    Backoff::Options backoff;
  };

  Reflector(Api& api, Options options, OnChanges on_changes);
  // `on_changes` is not called afterwards. Not from there.
  ~Reflector();

  Picture picture() const EXCLUDES(mutex_);
  ObjectPtr Find(const ObjectKey& key) const EXCLUDES(mutex_);
  // Whether there was a list; without one the picture is empty.
  bool listed() const EXCLUDES(mutex_);
  // OK while the picture is followed; otherwise why it may be old.
  absl::Status state() const EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::jthread thread_;
};

}  // namespace nsm::kubernetes
