// SPDX-License-Identifier: Apache-2.0
// load: many connections of one service at once, as so many clients would make them, and how long each took.
//
// Prints one line of JSON when all are up, closes them at SIGTERM, and prints another line then.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <iostream>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "networkservice.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "src/client/liveness.h"
#include "src/cmd/program.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/netlink/netns.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/wire/mechanism_kind.h"

namespace nsm::cmd {
namespace {

constexpr absl::Duration kPingTimeout = absl::Milliseconds(40);

struct Options {
  CommonOptions common{.name = "load"};
  Url connect_to;
  std::string service;
  std::vector<std::string> namespaces;
  std::string count = "1";
  std::string parallel = "1";
  bool one_by_one = false;
  absl::Duration timeout = absl::Seconds(60);
};

struct Times {
  double request = 0;  // milliseconds, until the answer
  double ping = 0;     // until the first answered ping
};

class Load {
 public:
  Load(const Options& options, size_t count, Identity& identity)
      : options_(options),
        channels_(identity, options.common.dial_timeout),
        connections_(count),
        times_(count) {}

  absl::Status Open() {
    for (const std::string& path : options_.namespaces) {
      ASSIGN_OR_RETURN(netlink::Netns netns, netlink::Netns::Open(path));
      namespaces_.push_back(std::move(netns));
    }
    return absl::OkStatus();
  }
  absl::Status Connect(size_t parallel) {
    return InParallel(parallel, [this](size_t i) -> absl::Status {
      RETURN_IF_ERROR(ConnectOne(i));
      // What one new connection costs has to do with how many there are.
      return options_.one_by_one ? CloseOne(i) : absl::OkStatus();
    });
  }
  absl::Status Close(size_t parallel) {
    return InParallel(parallel, [this](size_t i) { return CloseOne(i); });
  }
  nlohmann::json TimesAsJson() const {
    nlohmann::json json{{"request", nlohmann::json::array()}, {"ping", nlohmann::json::array()}};
    for (const Times& times : times_) {
      json["request"].push_back(times.request);
      json["ping"].push_back(times.ping);
    }
    return json;
  }

 private:
  template <class Work>
  absl::Status InParallel(size_t parallel, const Work& work) {
    std::atomic<size_t> next = 0;
    Mutex mutex;
    absl::Status first;
    std::vector<std::thread> threads;
    for (size_t t = 0; t < parallel; ++t) {
      threads.emplace_back([&] {
        for (size_t i = next++; i < connections_.size(); i = next++) {
          absl::Status status = work(i);
          MutexLock lock(mutex);
          first.Update(status);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return first;
  }

  NetworkServiceRequest RequestFor(size_t i) const {
    NetworkServiceRequest request;
    Connection& connection = *request.mutable_connection();
    connection.set_id(absl::StrCat(options_.common.name, "-", i));
    connection.set_network_service(options_.service);
    connection.mutable_context()->mutable_ip_context();
    PathSegment& own = *connection.mutable_path()->add_path_segments();
    own.set_name(options_.common.name);
    own.set_id(connection.id());
    *request.add_mechanism_preferences() =
        MakeKernel(NamespaceOf(i).inode().ToUrl(), absl::StrCat("load", i));
    return request;
  }
  const netlink::Netns& NamespaceOf(size_t i) const { return namespaces_[i % namespaces_.size()]; }

  absl::Status ConnectOne(size_t i) {
    const absl::Time begin = absl::Now();
    const absl::Time deadline = begin + options_.timeout;
    auto channel = channels_.Get(options_.connect_to);
    RETURN_IF_ERROR(channels_.Dial(*channel, options_.connect_to, deadline));
    grpc::ClientContext call;
    channels_.Prepare(call, deadline);
    RETURN_IF_ERROR(FromGrpc(
        ::networkservice::NetworkService::NewStub(channel)->Request(&call, RequestFor(i), &connections_[i])));
    times_[i].request = absl::ToDoubleMilliseconds(absl::Now() - begin);
    ASSIGN_OR_RETURN(netlink::NetnsScope scope, netlink::NetnsScope::Enter(NamespaceOf(i)));
    while (!client::IsAlive(connections_[i], kPingTimeout)) {
      if (absl::Now() > deadline)
        return absl::DeadlineExceededError(absl::StrCat("connection ", i, ": no ping"));
    }
    times_[i].ping = absl::ToDoubleMilliseconds(absl::Now() - begin);
    return absl::OkStatus();
  }
  absl::Status CloseOne(size_t i) {
    const absl::Time deadline = absl::Now() + options_.timeout;
    auto channel = channels_.Get(options_.connect_to);
    RETURN_IF_ERROR(channels_.Dial(*channel, options_.connect_to, deadline));
    grpc::ClientContext call;
    channels_.Prepare(call, deadline);
    google::protobuf::Empty answer;
    return FromGrpc(
        ::networkservice::NetworkService::NewStub(channel)->Close(&call, connections_[i], &answer));
  }

  const Options& options_;
  SystemClock clock_;
  ChannelPool channels_;
  const std::shared_ptr<grpc::Channel> keep_ = channels_.Get(options_.connect_to);
  std::vector<netlink::Netns> namespaces_;
  std::vector<Connection> connections_;
  std::vector<Times> times_;
};

double SecondsSince(absl::Time begin) { return absl::ToDoubleSeconds(absl::Now() - begin); }

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("load", options.common));
  size_t count = 0;
  size_t parallel = 0;
  if (!absl::SimpleAtoi(options.count, &count) || !absl::SimpleAtoi(options.parallel, &parallel) ||
      parallel == 0 || options.namespaces.empty()) {
    return absl::InvalidArgumentError("--count and --parallel are numbers; --namespaces names at least one");
  }
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Load load(options, count, identity->identity());
  RETURN_IF_ERROR(load.Open());
  const absl::Time begin = absl::Now();
  RETURN_IF_ERROR(load.Connect(parallel));
  const double seconds = SecondsSince(begin);
  nlohmann::json up{{"up", count}, {"seconds", seconds}, {"milliseconds", load.TimesAsJson()}};
  std::cout << up.dump() << std::endl;
  if (options.one_by_one) return absl::OkStatus();
  WaitForSignal();
  const absl::Time end = absl::Now();
  RETURN_IF_ERROR(load.Close(parallel));
  std::cout << nlohmann::json{{"closed", count}, {"seconds", SecondsSince(end)}}.dump() << std::endl;
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("load", "Makes many connections and says how long each took.");
  options.common.AddTo(command_line);
  command_line.UrlOption("--connect-to", &options.connect_to, "the NSMgr");
  command_line.Text("--service", &options.service, "the network service, with its domain");
  command_line.TextList("--namespaces", &options.namespaces,
                        "paths of the clients' namespaces, used in turn");
  command_line.Text("--count", &options.count, "how many connections");
  command_line.Text("--parallel", &options.parallel, "how many are being made at the same time");
  command_line.Flag("--one-by-one", &options.one_by_one, "close each before the next one; end when done");
  command_line.Duration("--timeout", &options.timeout, "for each connection");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("load", nsm::cmd::Run(options));
}
