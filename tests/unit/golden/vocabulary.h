// SPDX-License-Identifier: Apache-2.0
// Between the words of a recording and those of its replay: ids, tokens, times and the URLs of peers differ,
// but each stands for the same thing on both sides.
//
// Threading: thread safe.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "src/core/clock.h"
#include "src/core/mutex.h"

namespace nsm::golden {

// A message for comparison: the place of each value and empty object, as "/path/index", and its text. Tokens
// are "token of <program>", times "in <n> s".
using Flat = std::map<std::string, std::string>;

// Whether two values of a Flat are the same, of which times may differ by `tolerance`.
bool IsSame(const std::string& a, const std::string& b, absl::Duration tolerance);

class Vocabulary {
 public:
  // `clock` is the one by which our program sees and gives times.
  explicit Vocabulary(const Clock& clock) : clock_(clock) {}

  // What is called `recorded` is called `ours` now.
  void Bind(const std::string& recorded, const std::string& ours) EXCLUDES(mutex_);
  // From here on, the present is `at` of the recording.
  void SetNow(absl::Duration at) EXCLUDES(mutex_);

  // A recorded message, or text, as our program is to get it.
  nlohmann::json ToOurs(const nlohmann::json& recorded) const EXCLUDES(mutex_);
  std::string TextToOurs(const std::string& recorded) const EXCLUDES(mutex_);
  // For metadata.
  std::string TokenOf(const std::string& program) const;

  Flat FlatRecorded(const nlohmann::json& recorded) const EXCLUDES(mutex_);
  // In the words of the recording. An id in a path that stands where the recording has one that is not bound
  // yet is bound to it.
  Flat FlatOurs(const nlohmann::json& ours, const Flat& recorded) EXCLUDES(mutex_);

 private:
  std::string TextToRecorded(const std::string& ours) const EXCLUDES(mutex_);

  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, std::string> to_ours_ GUARDED_BY(mutex_);
  std::map<std::string, std::string> to_recorded_ GUARDED_BY(mutex_);
  absl::Time recorded_now_ GUARDED_BY(mutex_);
  absl::Time our_now_ GUARDED_BY(mutex_);
};

}  // namespace nsm::golden
