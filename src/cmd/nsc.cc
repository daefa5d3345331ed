// SPDX-License-Identifier: Apache-2.0
// nsc: a client that gets network services for the namespace it runs in, and keeps them.
#include <spdlog/spdlog.h>

#include <atomic>
#include <memory>

#include "absl/strings/str_cat.h"
#include "src/client/session.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/nsm/client_info.h"
#include "src/nsm/introspection.h"
#include "src/nsm/own_netns.h"
#include "src/nsm/server.h"

namespace nsm::cmd {
namespace {

struct Options {
  CommonOptions common{.name = "nsc"};
  Url connect_to = Url::Unix("/var/lib/networkservicemesh/nsm.io.sock");
  std::vector<Url> listen_on;
  std::vector<client::ServiceUrl> services;
  std::map<std::string, std::string> labels;
  absl::Duration request_timeout = absl::Seconds(15);
};

// Finds the session that an event is for.
class Sessions {
 public:
  void Add(std::unique_ptr<client::Session> session) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    sessions_.push_back(std::move(session));
  }
  void OnEvent(const std::string& id, const Connection* theirs) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    for (const auto& session : sessions_) {
      if (session->id() == id) session->OnEvent(theirs);
    }
  }
  nlohmann::json Connections() const EXCLUDES(mutex_) {
    nlohmann::json connections = nlohmann::json::array();
    MutexLock lock(mutex_);
    for (const auto& session : sessions_) {
      if (auto connection = session->connection()) connections.push_back(ToJson(*connection));
    }
    return connections;
  }
  // All at the same time: each may have to wait for its hops.
  void CloseAll() {
    std::vector<std::unique_ptr<client::Session>> sessions;
    {
      MutexLock lock(mutex_);
      sessions.swap(sessions_);
    }
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
  mutable Mutex mutex_;
  std::vector<std::unique_ptr<client::Session>> sessions_ GUARDED_BY(mutex_);
};

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsc", options.common));
  if (options.services.empty()) {
    return absl::InvalidArgumentError(
        "--network-services (NSM_NETWORK_SERVICES) names no service: expected "
        "kernel://SERVICE[@DOMAIN]/INTERFACE,...");
  }
  ASSIGN_OR_RETURN(NetnsInode netns, OwnNetns());
  SystemClock clock;
  InsecureTokenSource tokens(options.common.name, options.common.max_token_lifetime, clock);
  ChannelPool channels(tokens, options.common.dial_timeout);
  Sessions sessions;
  WorkerPool workers(4);
  TimerQueue timers(clock, workers);
  NextHopMonitor monitor(
      options.common.name, channels, timers,
      [&](const std::string& id, const Connection* theirs) { sessions.OnEvent(id, theirs); });

  Introspection introspection(options.common.name);
  introspection.Add("connections", [&] { return sessions.Connections(); });
  std::unique_ptr<Server> server;
  if (!options.listen_on.empty()) {
    ASSIGN_OR_RETURN(server, Server::Start(options.listen_on, {&introspection}));
  }

  client::SessionConfig config{.name = options.common.name,
                               .connect_to = options.connect_to,
                               .labels = options.labels,
                               .netns_inode_url = netns.ToUrl(),
                               .request_timeout = options.request_timeout};
  Labels where = LabelsFromEnvironment();
  config.labels.insert(where.begin(), where.end());
  for (size_t i = 0; i < options.services.size(); ++i) {
    sessions.Add(std::make_unique<client::Session>(absl::StrCat(options.common.name, "-", i),
                                                   options.services[i], config, channels, clock, monitor));
  }
  WaitForSignal();
  sessions.CloseAll();
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
  command_line.UrlList("--listen-on", &options.listen_on, "addresses for nsmctl; none by default");
  command_line.Parsed("--network-services", "",
                      "services to get: kernel://SERVICE[@DOMAIN]/INTERFACE[?LABEL=VALUE],...",
                      [&](const std::string& text) -> absl::Status {
                        ASSIGN_OR_RETURN(options.services, nsm::client::ParseServiceUrls(text));
                        return absl::OkStatus();
                      });
  command_line.Labels("--labels", &options.labels, "labels of the client, KEY:VALUE[,...]");
  command_line.Duration("--request-timeout", &options.request_timeout, "how long one attempt may take");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsc", nsm::cmd::Run(options));
}
