// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/watched_file.h"

#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

// Differs between two contents of a file, and between two files of one name.
using Stamp = std::tuple<ino_t, off_t, int64_t, int64_t>;

absl::StatusOr<Stamp> ReadStamp(const std::string& path) {
  struct stat info = {};
  if (::stat(path.c_str(), &info) != 0) return absl::ErrnoToStatus(errno, absl::StrCat("reading ", path));
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(absl::StrCat(path, " is not a file"));
  return Stamp(info.st_ino, info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec);
}

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::UnavailableError(absl::StrCat("reading ", path, ": failed"));
  return text.str();
}

}  // namespace

class WatchedFile::State : public std::enable_shared_from_this<State> {
 public:
  State(std::string what, std::string path, const Clock& clock, TimerQueue& timers, Take take)
      : what_(std::move(what)),
        path_(std::move(path)),
        clock_(clock),
        timers_(timers),
        take_(std::move(take)) {}

  absl::Status Read() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return ReadIfChanged();
  }

  void Schedule() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ScheduleLocked();
  }

  void Stop() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopped_ = true;
    timers_.Cancel(timer_);
  }

 private:
  void ScheduleLocked() REQUIRES(mutex_) {
    timer_ = timers_.Schedule(clock_.Now() + kInterval, [self = shared_from_this()] { self->Look(); });
  }

  void Look() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (stopped_) return;
    absl::Status status = ReadIfChanged();
    // Said once and not every second.
    if (!status.ok() && status != told_) {
      spdlog::warn("{}: {}; keeping what was read before", what_, status.ToString());
    }
    told_ = status;
    ScheduleLocked();
  }

  absl::Status ReadIfChanged() REQUIRES(mutex_) {
    ASSIGN_OR_RETURN(Stamp stamp, ReadStamp(path_));
    if (stamp == stamp_) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::string text, ReadText(path_));
    if (absl::Status taken = take_(text); !taken.ok()) {
      return absl::Status(taken.code(), absl::StrCat(path_, ": ", taken.message()));
    }
    stamp_ = stamp;
    spdlog::info("{}: read {}", what_, path_);
    return absl::OkStatus();
  }

  const std::string what_;
  const std::string path_;
  const Clock& clock_;
  TimerQueue& timers_;
  const Take take_;
  Mutex mutex_;
  Stamp stamp_ GUARDED_BY(mutex_);
  absl::Status told_ GUARDED_BY(mutex_);
  TimerId timer_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

absl::StatusOr<std::unique_ptr<WatchedFile>> WatchedFile::Watch(std::string what, std::string path,
                                                                const Clock& clock, TimerQueue& timers,
                                                                Take take) {
  auto state = std::make_shared<State>(std::move(what), std::move(path), clock, timers, std::move(take));
  RETURN_IF_ERROR(state->Read());
  state->Schedule();
  return std::unique_ptr<WatchedFile>(new WatchedFile(std::move(state)));
}

WatchedFile::~WatchedFile() { state_->Stop(); }

}  // namespace nsm
