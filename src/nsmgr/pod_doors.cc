// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/pod_doors.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/pod_folder.h"

namespace nsm::nsmgr {
namespace {

// What inotify does not tell, and what has failed, is seen then.
constexpr int kIntervalMs = 1000;

void Drain(const UniqueFd& news) {
  std::array<char, 4096> events;
  while (::read(news.get(), events.data(), events.size()) > 0) {
  }
}

}  // namespace

PodDoorPlan PlanPodDoors(const std::map<std::string, Pod>& wanted, const std::map<std::string, Pod>& open) {
  PodDoorPlan plan;
  for (const auto& [key, pod] : open) {
    auto now = wanted.find(key);
    if (now == wanted.end() || now->second != pod) plan.close.push_back(key);
  }
  for (const auto& [key, pod] : wanted) {
    auto before = open.find(key);
    if (before == open.end() || before->second != pod) plan.open.emplace(key, pod);
  }
  return plan;
}

Door MakePodDoor(const std::string& pods, const std::string& key, const Pod& pod) {
  return {.url = Url::Unix(absl::StrCat(PodFolderPath(pods, key), "/", kNsmgrSocket)),
          .services = {Behind::kConnections, Behind::kRegistry},
          .entrants = Entrants::kPod,
          .pod = std::make_shared<const Pod>(pod)};
}

absl::StatusOr<std::unique_ptr<PodDoors>> PodDoors::Follow(std::string pods, House& house) {
  RETURN_IF_ERROR(EnsurePodsFolder(pods));
  UniqueFd news(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (::inotify_add_watch(news.get(), pods.c_str(), IN_MOVED_TO | IN_DELETE | IN_ONLYDIR) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("watching ", pods));
  }
  return std::unique_ptr<PodDoors>(new PodDoors(std::move(pods), house, std::move(news)));
}

PodDoors::PodDoors(std::string pods, House& house, UniqueFd news)
    : pods_(std::move(pods)), house_(house), news_(std::move(news)), end_(::eventfd(0, EFD_CLOEXEC)) {
  Look();
  thread_ = std::thread([this] { Run(); });
}

PodDoors::~PodDoors() {
  ::eventfd_write(end_.get(), 1);
  thread_.join();
}

std::map<std::string, Pod> PodDoors::open() const {
  MutexLock lock(mutex_);
  return open_;
}

void PodDoors::Run() {
  std::array<pollfd, 2> waiting = {pollfd{.fd = end_.get(), .events = POLLIN, .revents = 0},
                                   pollfd{.fd = news_.get(), .events = POLLIN, .revents = 0}};
  while (true) {
    if (::poll(waiting.data(), waiting.size(), kIntervalMs) < 0) continue;
    if (waiting[0].revents != 0) return;
    Drain(news_);
    Look();
  }
}

void PodDoors::Look() {
  absl::StatusOr<PodFiles> files = ListPodFiles(pods_);
  SayOnce("", files.status());
  if (!files.ok()) return;
  // What cannot be read may be whole again soon.
  for (const auto& [key, pod] : open()) {
    if (files->damaged.contains(key)) files->pods.emplace(key, pod);
  }
  for (const auto& [key, status] : files->damaged) SayOnce(key, status);
  const PodDoorPlan plan = PlanPodDoors(files->pods, open());
  for (const std::string& key : plan.close) Close(key);
  for (const auto& [key, pod] : plan.open) SayOnce(key, Open(key, pod));
  std::erase_if(said_, [&files](const auto& said) {
    return !said.first.empty() && !files->pods.contains(said.first) && !files->damaged.contains(said.first);
  });
}

absl::Status PodDoors::Open(const std::string& key, const Pod& pod) {
  RETURN_IF_ERROR(house_.Open(MakePodDoor(pods_, key, pod)));
  spdlog::info("pod {}: served in {}", pod.ToString(), PodFolderPath(pods_, key));
  MutexLock lock(mutex_);
  open_.emplace(key, pod);
  return absl::OkStatus();
}

void PodDoors::Close(const std::string& key) {
  Pod pod;
  bool is_last = true;
  {
    MutexLock lock(mutex_);
    pod = open_.extract(key).mapped();
    is_last = std::none_of(open_.begin(), open_.end(),
                           [&pod](const auto& other) { return other.second.uid == pod.uid; });
  }
  house_.Close(MakePodDoor(pods_, key, pod), is_last);
  spdlog::info("pod {}: not served any more", pod.ToString());
}

void PodDoors::SayOnce(const std::string& key, const absl::Status& status) {
  absl::Status& said = said_[key];
  if (!status.ok() && status != said) spdlog::warn("pods' doors: {} {}", key, status.ToString());
  said = status;
}

}  // namespace nsm::nsmgr
