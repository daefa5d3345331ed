// SPDX-License-Identifier: Apache-2.0
// peers PEERS TUNNELS ROUNDS SECONDS: what it costs to know whether peers live, while no tunnel carries
// anything. One namespace with as many addresses answers for all peers. Prints lines for report.py.
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"
#include "src/dataplane/dataplane.h"
#include "tests/harness/ip.h"
#include "tests/harness/netns.h"

namespace nsm::dataplane {
namespace {

using testing::TestNetns;

constexpr int kTunnelsOfPod = 100;
constexpr absl::Duration kSettle = absl::Seconds(3);

struct Sizes {
  int peers = 0;
  int tunnels = 0;
  int rounds = 0;
  int seconds = 0;
};

IpAddress PeerAddress(int i) { return Ip(absl::StrCat("10.200.", i / 250, ".", 1 + i % 250)); }
IpAddress NodeAddress() { return Ip("10.200.255.1"); }

// User and system, of a process that can be asked.
double OwnSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * time.tv_usec; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
// Of all processors, with interrupts.
double BusySeconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0;
  stat >> cpu >> user >> nice >> system >> idle >> wait >> irq >> soft;
  return (user + nice + system + irq + soft) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

NodeConfig ConfigOf(const std::string& name, const IpAddress& tunnel_ip, absl::Duration probe_interval) {
  NodeConfig config;
  config.bpf_dir = absl::StrCat("/sys/fs/bpf/", name);
  config.tunnel_ip = tunnel_ip;
  config.probe_interval = probe_interval;
  return config;
}

CrossConnect Tunnel(int number, const TestNetns& pod, const IpAddress& local, const IpAddress& remote) {
  CrossConnect cross_connect;
  cross_connect.id = absl::StrCat("connection-", number);
  cross_connect.expiry = absl::Now() + absl::Hours(1);
  cross_connect.payload = Payload::kIp;
  cross_connect.guarded = true;
  cross_connect.mtu = 1450;
  cross_connect.peer_answers = true;
  Attachment attachment;
  attachment.netns = pod.inode();
  attachment.name = absl::StrCat("nsm", number % kTunnelsOfPod);
  attachment.alias = cross_connect.id;
  cross_connect.client = attachment;
  cross_connect.endpoint = dataplane::Tunnel{
      .local = local, .remote = remote, .port = 4789, .vni = {static_cast<uint32_t>(number + 1)}};
  return cross_connect;
}

// Answers from all addresses until it is killed; in a process of its own, whose time is not ours.
pid_t AnswerFor(const TestNetns& netns, const TestNetns& pod) {
  int ready[2];
  if (::pipe(ready) != 0) return -1;
  const pid_t child = ::fork();
  if (child != 0) {
    ::close(ready[1]);
    char byte = 0;
    const bool is_ready = ::read(ready[0], &byte, 1) == 1;
    ::close(ready[0]);
    return is_ready ? child : -1;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  netns.In([&] {
    static SystemClock clock;
    auto dataplane = Dataplane::Start(ConfigOf("peers", PeerAddress(0), absl::ZeroDuration()), clock);
    if (!dataplane.ok()) {
      spdlog::error("{}", dataplane.status().ToString());
      ::_exit(1);
    }
    absl::Status status = (*dataplane)->Apply(Tunnel(0, pod, PeerAddress(0), NodeAddress()));
    if (!status.ok() || ::write(ready[1], "", 1) != 1) ::_exit(1);
    while (true) ::pause();
  });
  ::_exit(1);
}

class Bench {
 public:
  explicit Bench(const Sizes& sizes) : sizes_(sizes) {
    for (int i = 0; i * kTunnelsOfPod < sizes.tunnels; ++i) pods_.push_back(std::make_unique<TestNetns>());
    testing::Join(node_, "under0", peers_, "under0");
    node_.Output(absl::StrCat("ip addr add ", NodeAddress().ToString(), "/16 dev under0"));
    for (int i = 0; i < sizes.peers; ++i) {
      peers_.Output(absl::StrCat("ip addr add ", PeerAddress(i).ToString(), "/16 dev under0"));
    }
  }
  absl::Status Run() {
    answering_ = AnswerFor(peers_, peers_pod_);
    if (answering_ < 0) return absl::InternalError("no peer answers");
    std::vector<double> with_probes, without, with_probes_busy, without_busy;
    RETURN_IF_ERROR(Make());
    for (int round = 0; round < sizes_.rounds; ++round) {
      RETURN_IF_ERROR(Measure(NodeConfig().probe_interval, with_probes, with_probes_busy));
      RETURN_IF_ERROR(Measure(absl::ZeroDuration(), without, without_busy));
    }
    const std::string what = absl::StrCat(sizes_.peers, " peers, ", sizes_.tunnels, " tunnels");
    Print(what, "watched: the dataplane's threads", with_probes);
    Print(what, "not watched: the same", without);
    Print(what, "watched: all, with answers", with_probes_busy);
    Print(what, "not watched: all", without_busy);
    return absl::OkStatus();
  }
  ~Bench() {
    if (answering_ > 0) {
      ::kill(answering_, SIGKILL);
      ::waitpid(answering_, nullptr, 0);
    }
    // Pods first, whose links go with them.
    pods_.clear();
    node_.In([] { (void)Dataplane::Cleanup(ConfigOf("node", NodeAddress(), absl::ZeroDuration())); });
    peers_.In([] { (void)Dataplane::Cleanup(ConfigOf("peers", PeerAddress(0), absl::ZeroDuration())); });
  }

 private:
  absl::StatusOr<std::unique_ptr<Dataplane>> Start(absl::Duration probe_interval) {
    absl::StatusOr<std::unique_ptr<Dataplane>> dataplane;
    node_.In([&] { dataplane = Dataplane::Start(ConfigOf("node", NodeAddress(), probe_interval), clock_); });
    return dataplane;
  }
  absl::Status Make() {
    ASSIGN_OR_RETURN(std::unique_ptr<Dataplane> dataplane, Start(absl::ZeroDuration()));
    absl::Status status;
    node_.In([&] {
      for (int i = 0; i < sizes_.tunnels && status.ok(); ++i) {
        status = dataplane->Apply(
            Tunnel(i, *pods_[i / kTunnelsOfPod], NodeAddress(), PeerAddress(i % sizes_.peers)));
      }
    });
    return status;
  }
  // Per cent of one processor.
  absl::Status Measure(absl::Duration probe_interval, std::vector<double>& own, std::vector<double>& busy) {
    ASSIGN_OR_RETURN(std::unique_ptr<Dataplane> dataplane, Start(probe_interval));
    absl::SleepFor(kSettle);
    const double own_before = OwnSeconds();
    const double busy_before = BusySeconds();
    absl::SleepFor(absl::Seconds(sizes_.seconds));
    own.push_back(100 * (OwnSeconds() - own_before) / sizes_.seconds);
    busy.push_back(100 * (BusySeconds() - busy_before) / sizes_.seconds);
    nlohmann::json dump;
    node_.In([&] { dump = dataplane->Dump(); });
    if (probe_interval == absl::ZeroDuration()) return absl::OkStatus();
    for (const auto& peer : dump["peers"]) {
      if (peer["has_answered"] != true) return absl::InternalError(peer["address"].get<std::string>());
    }
    if (!dump["lost_peers"].empty()) return absl::InternalError(dump["lost_peers"].dump());
    return absl::OkStatus();
  }
  static void Print(const std::string& what, const std::string& metric, const std::vector<double>& values) {
    std::cout << what << "\t" << metric << "\t% of a core";
    for (double value : values) std::cout << "\t" << value;
    std::cout << "\n";
  }

  const Sizes sizes_;
  SystemClock clock_;
  TestNetns node_;
  TestNetns peers_;
  TestNetns peers_pod_;
  std::vector<std::unique_ptr<TestNetns>> pods_;
  pid_t answering_ = -1;
};

}  // namespace
}  // namespace nsm::dataplane

int main(int argc, char** argv) {
  nsm::dataplane::Sizes sizes;
  if (argc != 5 || !absl::SimpleAtoi(argv[1], &sizes.peers) || !absl::SimpleAtoi(argv[2], &sizes.tunnels) ||
      !absl::SimpleAtoi(argv[3], &sizes.rounds) || !absl::SimpleAtoi(argv[4], &sizes.seconds)) {
    std::cerr << "peers PEERS TUNNELS ROUNDS SECONDS\n";
    return 2;
  }
  spdlog::set_level(spdlog::level::warn);
  if (const std::string reason = nsm::testing::WhyNoPrivilege(); !reason.empty()) {
    std::cerr << reason << "\n";
    return 1;
  }
  absl::Status status = nsm::dataplane::Bench(sizes).Run();
  if (status.ok()) return 0;
  std::cerr << status << "\n";
  return 1;
}
