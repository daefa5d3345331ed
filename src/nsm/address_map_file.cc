// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/address_map_file.h"

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

absl::StatusOr<AddressMap::Entries> ReadEntries(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return absl::UnavailableError(absl::StrCat("reading ", path, ": failed"));
  auto entries = AddressMap::ParseYaml(text.str());
  if (entries.ok()) return entries;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", entries.status().message()));
}

}  // namespace

class AddressMapFile::State : public std::enable_shared_from_this<State> {
 public:
  State(std::string path, const Clock& clock, TimerQueue& timers, AddressMap& map)
      : path_(std::move(path)), clock_(clock), timers_(timers), map_(map) {}

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
      spdlog::warn("address map: {}; keeping what was read before", status.ToString());
    }
    told_ = status;
    ScheduleLocked();
  }

  absl::Status ReadIfChanged() REQUIRES(mutex_) {
    ASSIGN_OR_RETURN(Stamp stamp, ReadStamp(path_));
    if (stamp == stamp_) return absl::OkStatus();
    ASSIGN_OR_RETURN(AddressMap::Entries entries, ReadEntries(path_));
    stamp_ = stamp;
    spdlog::info("address map: {} addresses from {}", entries.size(), path_);
    map_.Replace(std::move(entries));
    return absl::OkStatus();
  }

  const std::string path_;
  const Clock& clock_;
  TimerQueue& timers_;
  AddressMap& map_;
  Mutex mutex_;
  Stamp stamp_ GUARDED_BY(mutex_);
  absl::Status told_ GUARDED_BY(mutex_);
  TimerId timer_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

absl::StatusOr<std::unique_ptr<AddressMapFile>> AddressMapFile::Watch(std::string path, const Clock& clock,
                                                                      TimerQueue& timers, AddressMap& map) {
  auto state = std::make_shared<State>(std::move(path), clock, timers, map);
  RETURN_IF_ERROR(state->Read());
  state->Schedule();
  return std::unique_ptr<AddressMapFile>(new AddressMapFile(std::move(state)));
}

AddressMapFile::~AddressMapFile() { state_->Stop(); }

}  // namespace nsm
