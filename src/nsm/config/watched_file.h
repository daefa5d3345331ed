// SPDX-License-Identifier: Apache-2.0
// A configuration file that is taken over again whenever it changes: at once when somebody has written it to
// its end or renamed one into its place, and, as not every file system tells and a link may lead to another
// folder, within a second at the latest. While it is bad or missing nothing is taken over, and a log line
// says why.
//
// Threading: it is taken over by a thread of its own or one of the timers', one at a time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "src/core/clock.h"
#include "src/core/status_macros.h"
#include "src/core/timer_queue.h"
#include "src/core/unique_fd.h"

namespace nsm {

class WatchedFile {
 public:
  // Takes a file's text over, all or nothing; an error says what is wrong with it.
  using Take = std::function<absl::Status(const std::string& text)>;

  // Reads the file once; an error where that fails, so that a program does not start with a bad file. `what`
  // says in log lines what the file is: "address map".
  static absl::StatusOr<std::unique_ptr<WatchedFile>> Watch(std::string what, std::string path,
                                                            const Clock& clock, TimerQueue& timers,
                                                            Take take);
  // `take` is not called afterwards.
  ~WatchedFile();

 private:
  class State;
  WatchedFile(std::shared_ptr<State> state, UniqueFd news);
  void FollowNews();

  const std::shared_ptr<State> state_;  // shared with the timer's function, which may come late
  const UniqueFd news_;                 // of the file's folder; none where it tells none
  const UniqueFd end_;                  // readable at the end of this
  std::thread thread_;
};

// Keeps what ParseYaml and Replace of `content` (AddressMap, PrefixList) make of the file; none for an empty
// path.
template <typename Content>
absl::StatusOr<std::unique_ptr<WatchedFile>> WatchInto(std::string what, const std::string& path,
                                                       const Clock& clock, TimerQueue& timers,
                                                       Content& content) {
  if (path.empty()) return nullptr;
  return WatchedFile::Watch(std::move(what), path, clock, timers,
                            [&content](const std::string& text) -> absl::Status {
                              ASSIGN_OR_RETURN(auto parsed, Content::ParseYaml(text));
                              content.Replace(std::move(parsed));
                              return absl::OkStatus();
                            });
}

}  // namespace nsm
