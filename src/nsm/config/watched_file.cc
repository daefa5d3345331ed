// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/watched_file.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/read_text.h"

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

// Readable when something in the file's folder may be the file's new content; none where that is not told.
// Not when a file is made or shortened: its content is still to come.
UniqueFd OpenNews(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  UniqueFd news(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  const int watch = ::inotify_add_watch(news.get(), folder.empty() ? "." : folder.c_str(),
                                        IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
  return watch < 0 ? UniqueFd() : std::move(news);
}

// Whether the file `name` was written to its end, or anything else has taken a place: a link on the way to
// the file may be what was renamed.
bool TakeNews(const UniqueFd& news, const std::string& name) {
  alignas(inotify_event) std::array<char, 4096> events;
  bool is_ours = false;
  for (ssize_t size = 0; (size = ::read(news.get(), events.data(), events.size())) > 0;) {
    for (ssize_t at = 0; at < size;) {
      const auto* event = reinterpret_cast<const inotify_event*>(events.data() + at);
      is_ours |= (event->mask & IN_CLOSE_WRITE) == 0 || (event->len > 0 && name == event->name);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
    }
  }
  return is_ours;
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

  std::string file_name() const { return std::filesystem::path(path_).filename().string(); }
  void OnNews() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    ReadOrSayWhy();
  }

 private:
  void ScheduleLocked() REQUIRES(mutex_) {
    timer_ = timers_.Schedule(clock_.Now() + kInterval, [self = shared_from_this()] { self->Look(); });
  }

  void Look() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    if (stopped_) return;
    ReadOrSayWhy();
    ScheduleLocked();
  }

  void ReadOrSayWhy() REQUIRES(mutex_) {
    absl::Status status = ReadIfChanged();
    // Said once and not every second.
    if (!status.ok() && status != told_) {
      spdlog::warn("{}: {}; keeping what was read before", what_, status.ToString());
    }
    told_ = status;
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
  UniqueFd news = OpenNews(path);  // before the file is read, so that no change is missed
  auto state = std::make_shared<State>(std::move(what), std::move(path), clock, timers, std::move(take));
  RETURN_IF_ERROR(state->Read());
  state->Schedule();
  return std::unique_ptr<WatchedFile>(new WatchedFile(std::move(state), std::move(news)));
}

WatchedFile::WatchedFile(std::shared_ptr<State> state, UniqueFd news)
    : state_(std::move(state)),
      news_(std::move(news)),
      end_(::eventfd(0, EFD_CLOEXEC)),
      thread_([this] { FollowNews(); }) {}

WatchedFile::~WatchedFile() {
  ::eventfd_write(end_.get(), 1);
  thread_.join();
  state_->Stop();
}

void WatchedFile::FollowNews() {
  std::array<pollfd, 2> waiting = {pollfd{.fd = end_.get(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = news_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(waiting.data(), waiting.size(), -1) < 0) continue;
    if (waiting[0].revents != 0) return;
    if (TakeNews(news_, state_->file_name())) state_->OnNews();
  }
}

}  // namespace nsm
