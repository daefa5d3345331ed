// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/linux_dataplane.h"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include "src/bpf/skeleton.h"
#include "src/core/durations_json.h"
#include "src/core/status_macros.h"
#include "src/dataplane/dump.h"
#include "src/netlink/link.h"
#include "src/netlink/sysctl.h"

namespace nsm::dataplane {
namespace {

// Deleting costs the same for one link and for many: wait for the others of a burst.
constexpr absl::Duration kReapDelay = absl::Milliseconds(30);
constexpr absl::Duration kCheckInterval = absl::Seconds(1);
// Between following routes that change all the time.
constexpr absl::Duration kFollowPause = absl::Milliseconds(50);

std::set<IpAddress> Answering(const std::map<IpAddress, PeerNeeds>& peers) {
  std::set<IpAddress> answering;
  for (const auto& [peer, needs] : peers) {
    if (needs.answers) answering.insert(peer);
  }
  return answering;
}

std::vector<std::string> ToStrings(const std::set<IpAddress>& addresses) {
  std::vector<std::string> strings;
  for (const IpAddress& address : addresses) strings.push_back(address.ToString());
  return strings;
}

}  // namespace

LinuxDataplane::LinuxDataplane(const NodeConfig& config, const Clock& clock, std::unique_ptr<Node> node)
    : config_(config), clock_(clock), node_(std::move(node)) {}

absl::StatusOr<std::unique_ptr<Dataplane>> LinuxDataplane::Start(const NodeConfig& config,
                                                                 const Clock& clock) {
  bpf::RedirectLibbpfMessages();
  RETURN_IF_ERROR(netlink::EnsureSysctlsWritable());
  ASSIGN_OR_RETURN(std::unique_ptr<Node> node, Node::Create(config));
  ASSIGN_OR_RETURN(AttachmentPrograms programs, AttachmentPrograms::Load(MapFolder(config)));
  std::unique_ptr<LinuxDataplane> dataplane(new LinuxDataplane(config, clock, std::move(node)));
  RETURN_IF_ERROR(dataplane->Begin(std::move(programs)));
  return dataplane;
}

absl::Status LinuxDataplane::Begin(AttachmentPrograms programs) {
  MutexLock lock(mutex_);
  // Listening comes first: what vanishes from here on is told.
  ASSIGN_OR_RETURN(netlink::NetworkEvents events, netlink::NetworkEvents::Open(kFirstIndex));
  events_ = std::make_unique<netlink::NetworkEvents>(std::move(events));
  stop_ = UniqueFd(::eventfd(0, EFD_CLOEXEC));
  if (!stop_.valid()) return absl::ErrnoToStatus(errno, "making an eventfd");
  ASSIGN_OR_RETURN(kernel_, LinuxKernel::Create(node_->maps(), config_.vxlan_port, std::move(programs),
                                                [this] { NoteDoomed(); }));
  if (!kernel_->KnowsHost() && !config_.allow_host_netns) {
    return absl::FailedPreconditionError(
        "cannot tell the host's network namespace from those of pods: let this program see the host's "
        "processes (hostPID, CAP_SYS_PTRACE), or allow the host's namespace");
  }
  cross_connects_ = std::make_unique<CrossConnects>(config_, *kernel_);
  RETURN_IF_ERROR(cross_connects_->Adopt());
  std::vector<Record> adopted;
  for (const auto& [id, record] : cross_connects_->records()) adopted.push_back(record);
  node_->FollowPeers(cross_connects_->Peers());
  RETURN_IF_ERROR(kernel_->ReplacePrograms(adopted));
  RETURN_IF_ERROR(node_->LetGoOfOlderState());
  if (config_.probe_interval > absl::ZeroDuration()) {
    ASSIGN_OR_RETURN(peer_watch_, PeerWatch::Start(config_, node_->maps(),
                                                   [this](const IpAddress& peer) { TellLost(peer); }));
    peer_watch_->Watch(Answering(cross_connects_->Peers()));
  }
  watcher_ = std::thread([this] { Watch(); });
  housekeeper_ = std::thread([this] { KeepHouse(); });
  return absl::OkStatus();
}

LinuxDataplane::~LinuxDataplane() {
  {
    MutexLock lock(timer_mutex_);
    stopping_ = true;
  }
  timer_changed_.NotifyAll();
  if (stop_.valid()) ::eventfd_write(stop_.get(), 1);
  if (watcher_.joinable()) watcher_.join();
  if (housekeeper_.joinable()) housekeeper_.join();
  peer_watch_.reset();
}

absl::Status LinuxDataplane::Apply(const CrossConnect& cross_connect) {
  bool is_new = false;
  {
    MutexLock lock(mutex_);
    is_new = !cross_connects_->records().contains(cross_connect.id);
    RETURN_IF_ERROR(cross_connects_->Apply(cross_connect));
  }
  ExpectPeers(cross_connect, is_new);
  return absl::OkStatus();
}

void LinuxDataplane::ExpectPeers(const CrossConnect& cross_connect, bool is_new) {
  MutexLock lock(peers_mutex_);
  for (const Leg* leg : {&cross_connect.client, &cross_connect.endpoint}) {
    const auto* tunnel = std::get_if<Tunnel>(leg);
    if (tunnel == nullptr) continue;
    const PeerNeeds needs{.promised = cross_connect.mtu, .answers = cross_connect.peer_answers};
    if (node_->AddPeer(tunnel->remote, needs)) NoteWaysChanged();
    if (peer_watch_ != nullptr) peer_watch_->Expect(tunnel->remote, is_new);
  }
}

absl::Status LinuxDataplane::Remove(const std::string& id) {
  MutexLock lock(mutex_);
  return cross_connects_->Remove(id);
}

std::optional<CrossConnect> LinuxDataplane::Find(const std::string& id) {
  MutexLock lock(mutex_);
  return cross_connects_->Find(id);
}

absl::StatusOr<std::optional<std::string>> LinuxDataplane::FindClient(const Attachment& wanted) {
  MutexLock lock(mutex_);
  return cross_connects_->FindClient(wanted);
}

absl::StatusOr<Vni> LinuxDataplane::ReserveVni(const std::string& id, const IpAddress& remote,
                                               bool prefer_even) {
  return cross_connects_->vnis().Reserve(id, remote, prefer_even);
}

void LinuxDataplane::ReleaseVni(const std::string& id) { cross_connects_->vnis().Release(id); }

absl::StatusOr<uint32_t> LinuxDataplane::TunnelMtu(const IpAddress& remote) {
  return node_->TunnelMtu(remote);
}

void LinuxDataplane::OnAttachmentLost(std::function<void(const Loss&)> callback) {
  MutexLock lock(mutex_);
  on_lost_ = std::move(callback);
}

void LinuxDataplane::OnPeerLost(
    std::function<void(const IpAddress&, const std::vector<std::string>&)> callback) {
  MutexLock lock(mutex_);
  on_peer_lost_ = std::move(callback);
}

void LinuxDataplane::Watch() {
  Damage damage;
  while (true) {
    pollfd waiting[] = {{.fd = events_->fd(), .events = POLLIN, .revents = 0},
                        {.fd = stop_.get(), .events = POLLIN, .revents = 0}};
    const std::optional<absl::Duration> left = damage.Left(Elapsed());
    const int timeout = left.has_value() ? static_cast<int>(absl::ToInt64Milliseconds(*left)) + 1 : -1;
    if (::poll(waiting, std::size(waiting), timeout) < 0 && errno != EINTR) return;
    if (waiting[1].revents != 0) return;
    auto news = events_->Read();
    if (!news.ok()) {
      spdlog::error("{}", news.status().ToString());
      news = netlink::NetworkEvents::News{};
      news->missed_some = true;
    }
    Handle(*news);
    damage.Note(*news);
    if (damage.Left(Elapsed()) == absl::ZeroDuration()) {
      const Damage::Hurt hurt = damage.Take();
      const bool was_damaged = Repair(hurt);
      damage.Repaired(hurt, was_damaged, Elapsed());
    }
  }
}

void LinuxDataplane::Handle(const netlink::NetworkEvents::News& news) {
  std::vector<Loss> lost;
  std::function<void(const Loss&)> callback;
  {
    MutexLock lock(mutex_);
    for (Ifindex index : news.links_gone) {
      if (auto loss = cross_connects_->LinkGone(index); loss.has_value()) lost.push_back(*std::move(loss));
    }
    if (news.missed_some) {
      for (Loss& loss : cross_connects_->FindLost()) lost.push_back(std::move(loss));
    }
    callback = on_lost_;
  }
  for (const Loss& loss : lost) {
    spdlog::info("connection {} has lost its attachment", loss.id);
    if (callback) callback(loss);
  }
  if (news.ways_changed || news.addresses_changed || news.missed_some) NoteWaysChanged();
  if (!news.addresses_changed && !news.missed_some) return;
  absl::Status status = node_->FollowAddresses();
  if (!status.ok()) spdlog::error("following the node's addresses: {}", status.ToString());
}

bool LinuxDataplane::Repair(const Damage::Hurt& hurt) {
  if (hurt.node) node_->Check();
  std::vector<Ifindex> attachments(hurt.attachments.begin(), hurt.attachments.end());
  if (hurt.everything) {
    MutexLock lock(mutex_);
    attachments = cross_connects_->Indexes();
  }
  bool was_damaged = false;
  // Others have their turn in between.
  for (Ifindex index : attachments) {
    MutexLock lock(mutex_);
    was_damaged |= cross_connects_->Repair(index);
  }
  return was_damaged;
}

void LinuxDataplane::NoteDoomed() {
  MutexLock lock(timer_mutex_);
  has_doomed_ = true;
  timer_changed_.NotifyAll();
}

void LinuxDataplane::NoteWaysChanged() {
  MutexLock lock(timer_mutex_);
  ways_changed_ = true;
  timer_changed_.NotifyAll();
}

void LinuxDataplane::FollowPeers() {
  MutexLock peers_lock(peers_mutex_);
  std::map<IpAddress, PeerNeeds> peers;
  {
    MutexLock lock(mutex_);
    peers = cross_connects_->Peers();
  }
  node_->FollowPeers(peers);
  if (peer_watch_ != nullptr) peer_watch_->Watch(Answering(peers));
}

void LinuxDataplane::TellLost(const IpAddress& peer) {
  std::vector<std::string> ids;
  std::function<void(const IpAddress&, const std::vector<std::string>&)> callback;
  {
    MutexLock lock(mutex_);
    ids = cross_connects_->Through(peer);
    callback = on_peer_lost_;
  }
  if (callback) callback(peer, ids);
}

void LinuxDataplane::KeepHouse() {
  // By the monotonic clock: these are intervals, and a test's clock may stand still.
  auto next_check = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(kCheckInterval);
  auto next_follow = std::chrono::steady_clock::now();
  bool are_left = false;
  while (true) {
    bool reap = false;
    bool follow = false;
    {
      MutexLock lock(timer_mutex_);
      auto due = ways_changed_ ? std::min(next_check, next_follow) : next_check;
      auto left = absl::FromChrono(due - std::chrono::steady_clock::now());
      if (!stopping_ && !has_doomed_ && left > absl::ZeroDuration())
        timer_changed_.WaitFor(timer_mutex_, left);
      reap = has_doomed_;
      if (has_doomed_ && !stopping_) timer_changed_.WaitFor(timer_mutex_, kReapDelay);
      has_doomed_ = false;
      if (stopping_ && !reap) return;
      follow = ways_changed_ && std::chrono::steady_clock::now() >= next_follow;
      ways_changed_ &= !follow;
    }
    if (follow) {
      FollowPeers();
      next_follow = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(kFollowPause);
    }
    if (reap) are_left = !RemoveDoomed();
    if (std::chrono::steady_clock::now() < next_check) continue;
    next_check += absl::ToChronoMilliseconds(kCheckInterval);
    if (std::exchange(are_left, false)) NoteDoomed();
    node_->Check();
    {
      MutexLock lock(mutex_);
      for (const std::string& id : cross_connects_->RemoveExpired(clock_.Now())) {
        spdlog::info("connection {} was not asked for again and has expired", id);
      }
    }
    FollowPeers();
  }
}

bool LinuxDataplane::RemoveDoomed() {
  auto socket = netlink::Socket::Open();
  absl::Status status =
      socket.ok() ? netlink::RemoveGroup(*socket, DoomedGroup(config_.vxlan_port)) : socket.status();
  if (!status.ok()) spdlog::error("{}", status.ToString());
  return status.ok();
}

void LinuxDataplane::DumpLinks(nlohmann::json& dump) {
  int attachments = 0;
  int doomed = 0;
  auto socket = netlink::Socket::Open();
  if (!socket.ok()) return;
  absl::Status status = netlink::DumpLinks(*socket, [&](const netlink::Link& link) {
    attachments += link.group == LiveGroup(config_.vxlan_port);
    doomed += link.group == DoomedGroup(config_.vxlan_port);
  });
  if (status.ok()) dump["links"] = {{"attachments", attachments}, {"doomed", doomed}};
}

nlohmann::json LinuxDataplane::Dump() {
  nlohmann::json dump{{"cross_connects", nlohmann::json::array()}};
  {
    MutexLock lock(mutex_);
    for (const auto& [id, record] : cross_connects_->records()) {
      dump["cross_connects"].push_back(DumpRecord(record, node_->maps()));
    }
  }
  dump["durations"] = ToJson(cross_connects_->durations());
  dump["vnis"] = DumpVnis(cross_connects_->vnis().Uses());
  dump["fast_path"] = node_->fast_path().ok() ? "on" : std::string(node_->fast_path().message());
  dump["peers"] = DumpPeers(node_->maps());
  if (peer_watch_ != nullptr) dump["lost_peers"] = ToStrings(peer_watch_->Lost());
  dump["counters"] = DumpCounters(node_->maps());
  dump["map_entries"] = DumpMapEntries(node_->maps());
  DumpLinks(dump);
  return dump;
}

}  // namespace nsm::dataplane
