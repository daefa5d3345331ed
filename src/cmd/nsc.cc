// SPDX-License-Identifier: Apache-2.0
// nsc: a client that gets network services for the namespace it runs in, and keeps them.
#include <spdlog/spdlog.h>

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstdlib>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/client/annotation.h"
#include "src/client/connection_id.h"
#include "src/client/session.h"
#include "src/cmd/own_netns.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/nsm/identity/identity_json.h"
#include "src/nsm/request/client_info.h"
#include "src/nsm/request/outcomes.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"

namespace nsm::cmd {
namespace {

// Another one for each pod, and the same when its program is started again.
std::string DefaultName() {
  if (const char* pod = std::getenv("POD_NAME"); pod != nullptr && *pod != '\0') return pod;
  char host[HOST_NAME_MAX + 1] = {};
  ::gethostname(host, HOST_NAME_MAX);
  absl::StatusOr<NetnsInode> inode = OwnNetns();
  const uint64_t cookie = OwnNetnsCookie().value;
  return absl::StrCat("nsc-", host, "-", cookie != 0 || !inode.ok() ? cookie : inode->inode);
}

struct Options {
  CommonOptions common{.name = DefaultName()};
  Url connect_to = Url::Unix("/var/lib/networkservicemesh/nsm.io.sock");
  std::vector<Url> listen_on;
  std::vector<client::ServiceUrl> services;
  std::vector<IpPrefix> routes;
  std::string default_route;
  bool once = false;
  std::map<std::string, std::string> labels;
  absl::Duration request_timeout = absl::Seconds(15);
  // With client::kMostUnanswered of these death is known within a second.
  absl::Duration echo_interval = absl::Milliseconds(200);
};

// Finds the session that an event is for.
class Sessions {
 public:
  explicit Sessions(size_t count) : count_(count) {}
  void Add(std::unique_ptr<client::Session> session) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    sessions_.push_back(std::move(session));
  }
  void OnEvent(const std::string& id, NextHopNews news, const Connection* theirs) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const auto& session : sessions_) {
      if (session->id() == id) session->OnEvent(news, theirs);
    }
  }
  nlohmann::json Connections() const EXCLUDES(mutex_) {
    nlohmann::json connections = nlohmann::json::array();
    MutexLock lock(mutex_);
    for (const auto& session : sessions_) {
      if (nlohmann::json json = session->ToJson(); !json.is_null()) connections.push_back(std::move(json));
    }
    return connections;
  }
  nlohmann::json WaitsFor() const EXCLUDES(mutex_) {
    std::vector<nlohmann::json> wanted;
    MutexLock lock(mutex_);
    for (const auto& session : sessions_) wanted.push_back(session->WantedToJson());
    return WaitsForServices(wanted, count_);
  }
  // Ends the sessions; their connections stay.
  void LeaveAll() EXCLUDES(mutex_) { TakeAll(); }
  // All at the same time: each may have to wait for its hops.
  void CloseAll() EXCLUDES(mutex_) {
    std::vector<std::unique_ptr<client::Session>> sessions = TakeAll();
    std::vector<std::thread> closing;
    for (const auto& session : sessions) {
      closing.emplace_back([&session] {
        absl::Status closed = session->Close();
        if (!closed.ok()) spdlog::warn("closing {}: {}", session->id(), closed.ToString());
      });
    }
    for (std::thread& thread : closing) thread.join();
  }

 private:
  std::vector<std::unique_ptr<client::Session>> TakeAll() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    return std::exchange(sessions_, {});
  }

  const size_t count_;
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<client::Session>> sessions_ GUARDED_BY(mutex_);
};

absl::Status AddAnnotation(const std::string& annotation, std::vector<client::ServiceUrl>& services) {
  if (annotation.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<client::ServiceUrl> more, client::ParseAnnotation(annotation));
  services.insert(services.end(), more.begin(), more.end());
  return client::CheckInterfaces(services);
}

absl::Status CheckDefaultRoute(const Options& options) {
  const std::string& name = options.default_route;
  bool is_one = std::any_of(options.services.begin(), options.services.end(),
                            [&name](const client::ServiceUrl& service) { return service.interface == name; });
  if (name.empty() || is_one) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("--default-route: no service has the interface \"", name, "\""));
}

// Can be read when it has been told so many times.
class CountDown {
 public:
  explicit CountDown(size_t count) : left_(count), done_(::eventfd(0, EFD_CLOEXEC)) {}
  void Tell() {
    if (--left_ == 0) ::eventfd_write(done_.get(), 1);
  }
  int fd() const { return done_.get(); }

 private:
  std::atomic<size_t> left_;
  const UniqueFd done_;
};

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsc", options.common));
  if (options.services.empty()) {
    return absl::InvalidArgumentError(
        "no service is named: expected --network-services (NSM_NETWORK_SERVICES) "
        "kernel://SERVICE[@DOMAIN]/INTERFACE,... or --annotation SERVICE[@DOMAIN][/INTERFACE],...");
  }
  ASSIGN_OR_RETURN(NetnsInode netns, OwnNetns());
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  ChannelPool channels(identity->identity(), options.common.dial_timeout);
  Sessions sessions(options.services.size());
  WorkerPool workers(4);
  TimerQueue timers(clock, workers);
  NextHopMonitor monitor(options.common.name, channels, Peers::kOwnDomain, timers,
                         [&](const std::string& id, NextHopNews news, const Connection* theirs) {
                           sessions.OnEvent(id, news, theirs);
                         });

  Outcomes outcomes(clock);
  Introspection introspection(options.common.name);
  introspection.Add("identity", [&] { return ToJson(identity->identity()); });
  introspection.Add("connections", [&] { return sessions.Connections(); });
  introspection.Add(kWaitsFor, [&] { return sessions.WaitsFor(); });
  introspection.Add("failures", [&] { return outcomes.Failures(); });
  for (const Door& door : Doors({}, {}, options.listen_on)) RETURN_IF_ERROR(Check(door));
  std::unique_ptr<Server> server;
  if (!options.listen_on.empty()) {
    ASSIGN_OR_RETURN(server,
                     Server::Start(options.listen_on, identity->identity().ForServer(Peers::kOwnDomain),
                                   {&introspection}));
  }

  CountDown connecting(options.services.size());
  client::SessionConfig config{
      .name = options.common.name,
      .connect_to = options.connect_to,
      .labels = options.labels,
      .netns_inode_url = netns.ToUrl(),
      .netns_cookie = OwnNetnsCookie(),
      .request_timeout = options.request_timeout,
      .policies = options.common.policies,
      .routes = options.routes,
      .default_route = options.default_route,
      .on_first_time = [&connecting] { connecting.Tell(); },
      .on_failure = [&outcomes](const Connection& asked,
                                const absl::Status& why) { outcomes.Failed(asked, why); }};
  Labels where = LabelsFromEnvironment();
  config.labels.insert(where.begin(), where.end());
  client::EarlierConnections::Config wanted{.name = config.name,
                                            .nsmgr = config.connect_to,
                                            .netns_inode_url = config.netns_inode_url,
                                            .wanted = {},
                                            .timeout = config.request_timeout};
  for (const client::ServiceUrl& service : options.services) {
    wanted.wanted.insert(client::ConnectionId(service, config));
  }
  client::GivenPrefixes given;
  client::EarlierConnections earlier(std::move(wanted), channels, clock, given);
  client::PacketWatch packets(options.echo_interval);
  const client::SessionParts parts{.channels = channels,
                                   .clock = clock,
                                   .monitor = monitor,
                                   .earlier = earlier,
                                   .packets = packets,
                                   .given = given};
  for (const client::ServiceUrl& service : options.services) {
    sessions.Add(
        std::make_unique<client::Session>(client::ConnectionId(service, config), service, config, parts));
  }
  if (options.once && !SignalBefore(connecting.fd())) {
    spdlog::info("all services are connected; a client of the same name takes them up");
    sessions.LeaveAll();
    return absl::OkStatus();
  }
  WaitForSignal();
  introspection.Shutdown();
  sessions.CloseAll();
  if (options.once) return absl::CancelledError("ended before all services were connected");
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("nsc",
                                     "Gets network services for the namespace it runs in, and keeps them.");
  options.common.AddTo(command_line);
  command_line.UrlOption("--connect-to", &options.connect_to, "the node's NSMgr");
  command_line.UrlList("--listen-on", &options.listen_on,
                       "addresses for nsmctl: unix:///PATH or tcp://127.0.0.1:PORT; none by default");
  command_line.Parsed("--network-services", "",
                      "services to get: kernel://SERVICE[@DOMAIN]/INTERFACE[?LABEL=VALUE],...",
                      [&](const std::string& text) -> absl::Status {
                        ASSIGN_OR_RETURN(options.services, nsm::client::ParseServiceUrls(text));
                        return absl::OkStatus();
                      });
  std::string annotation;
  if (const char* value = std::getenv("NS_NETWORKSERVICEMESH_IO"); value != nullptr) annotation = value;
  command_line.Text(
      "--annotation", &annotation,
      "more services, as in the pod's annotation: SERVICE[@DOMAIN][/INTERFACE][?LABEL=VALUE],...; "
      "the environment's NS_NETWORKSERVICEMESH_IO does, too");
  command_line.Flag(
      "--once", &options.once,
      "end when all services are connected, and leave them to a client of the same name (for an "
      "init container)");
  command_line.Prefixes("--routes", &options.routes,
                        "prefixes that the endpoints reach through this client, separated by commas");
  command_line.Text("--default-route", &options.default_route,
                    "one of the interfaces: what no other route is for goes there, if the endpoint gives a "
                    "default route; the "
                    "pod's own stays, and is in use again afterwards");
  command_line.Labels("--labels", &options.labels, "labels of the client, KEY:VALUE[,...]");
  command_line.Duration(
      "--echo-interval", &options.echo_interval,
      "how often to look whether packets reach the other end; four echoes in a row without an "
      "answer are the end of it");
  command_line.Duration("--request-timeout", &options.request_timeout, "how long one attempt may take");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  if (absl::Status added = nsm::cmd::AddAnnotation(annotation, options.services); !added.ok()) {
    return nsm::cmd::ExitCode("nsc", added);
  }
  if (absl::Status found = nsm::cmd::CheckDefaultRoute(options); !found.ok()) {
    return nsm::cmd::ExitCode("nsc", found);
  }
  return nsm::cmd::ExitCode("nsc", nsm::cmd::Run(options));
}
