// SPDX-License-Identifier: Apache-2.0
// nsm-forwarder: a node's dataplane behind the NetworkService API.
#include <spdlog/spdlog.h>

#include <atomic>
#include <iostream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/forwarder/chain.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsm/registry/find_cache.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/registration.h"

namespace nsm::cmd {
namespace {

constexpr absl::Duration kShortestProbeInterval = absl::Milliseconds(50);

struct Options {
  CommonOptions common{.name = "forwarder"};
  Url connect_to = Url::Unix("/var/lib/networkservicemesh/nsm.io.sock");
  Url listen_on = Url::Unix("/var/lib/networkservicemesh/nsm-forwarder.sock");
  std::vector<Url> admin_listen_on;
  std::map<std::string, std::string> labels{{"p2p", "true"}};
  dataplane::NodeConfig node{.bpf_dir = "/sys/fs/bpf/nsm", .tunnel_ip = {}};
  bool has_tunnel_ip = false;
  bool cleanup = false;
  bool dump = false;
};

absl::Status ParseVniRange(const std::string& text, dataplane::NodeConfig& node) {
  std::pair<std::string, std::string> ends = absl::StrSplit(text, absl::MaxSplits('-', 1));
  ASSIGN_OR_RETURN(node.vni_first, Vni::Parse(ends.first));
  ASSIGN_OR_RETURN(node.vni_last, Vni::Parse(ends.second));
  if (node.vni_first > node.vni_last) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\": the first VNI must not be behind the last"));
  }
  return absl::OkStatus();
}

absl::Status ParseFastPath(const std::string& text, dataplane::FastPath& fast_path) {
  if (text == "auto") {
    fast_path = dataplane::FastPath::kAuto;
  } else if (text == "on") {
    fast_path = dataplane::FastPath::kOn;
  } else if (text == "off") {
    fast_path = dataplane::FastPath::kOff;
  } else {
    return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is none of auto, on, off"));
  }
  return absl::OkStatus();
}

absl::Status ParseProbeInterval(const std::string& text, absl::Duration& interval) {
  absl::Duration parsed;
  if (!absl::ParseDuration(text, &parsed) ||
      (parsed != absl::ZeroDuration() && (parsed < kShortestProbeInterval || parsed > absl::Minutes(1)))) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is neither 0 nor from 50ms to 1m, such as 150ms"));
  }
  interval = parsed;
  return absl::OkStatus();
}

NetworkServiceEndpoint OwnRegistration(const Options& options) {
  NetworkServiceEndpoint endpoint;
  endpoint.set_name(options.common.name);
  endpoint.set_url(options.listen_on.ToString());
  endpoint.add_network_service_names(kForwarderService);
  auto& labels = *(*endpoint.mutable_network_service_labels())[kForwarderService].mutable_labels();
  labels.insert(options.labels.begin(), options.labels.end());
  return endpoint;
}

absl::Status Serve(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nsm-forwarder", options.common));
  if (!options.has_tunnel_ip) {
    return absl::InvalidArgumentError(
        "--tunnel-ip (NSM_TUNNEL_IP) is missing: this node's address for tunnels");
  }
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Hop hop(options.common.name, clock, identity->identity(), options.common.dial_timeout);
  hop.policies = options.common.policies;
  ASSIGN_OR_RETURN(auto dataplane, dataplane::Dataplane::Start(options.node, hop.clock));
  dataplane->OnAttachmentLost([&hop](const dataplane::Loss& loss) {
    spdlog::info("connection {}: its interface is gone", loss.id);
    hop.monitor.Down(loss.id);
    if (loss.of_client_pod) hop.lives.Shorten(loss.id, absl::ZeroDuration(), "its client's pod is gone");
  });
  dataplane->OnPeerLost([&hop](const IpAddress& peer, const std::vector<std::string>& ids) {
    spdlog::warn("{} connections to {} are down", ids.size(), peer.ToString());
    for (const std::string& id : ids) hop.monitor.Down(id);
  });

  RegistryChain<ServiceKind> services;
  auto& known_services = services.Add<FindCache<ServiceKind>>(hop.clock, hop.timers);
  services.Add<GrpcRegistry<ServiceKind>>(hop.channels, options.connect_to);
  RegistryChain<EndpointKind> endpoints;
  auto& known_endpoints = endpoints.Add<FindCache<EndpointKind>>(hop.clock, hop.timers);
  endpoints.Add<GrpcRegistry<EndpointKind>>(hop.channels, options.connect_to);
  const forwarder::Mechanisms mechanisms = forwarder::MechanismsOf(
      *dataplane, {.address = options.node.tunnel_ip, .port = options.node.vxlan_port});
  HopServer server(hop);
  server.ShowConnections(
      forwarder::Compose(server.chain(), hop, services, endpoints, *dataplane, mechanisms));
  server.introspection().Add("lookups", [&] { return known_services.size() + known_endpoints.size(); });
  server.introspection().Add("dataplane", [&] { return dataplane->Dump(); });
  std::atomic<const Registration*> registered = nullptr;
  server.introspection().Add(kWaitsFor, [&] { return WaitsFor(registered, options.connect_to); });
  RETURN_IF_ERROR(server.Open(Doors({options.listen_on}, {Behind::kConnections}, options.admin_listen_on)));
  Registration registration(hop.channels, options.connect_to, OwnRegistration(options), {}, hop.clock);
  registered = &registration;
  spdlog::info("{} serves {}, tunnels from {}", hop.name, options.listen_on.ToString(),
               options.node.tunnel_ip.ToString());
  WaitForSignal();
  server.Stop();
  return absl::OkStatus();
}

absl::Status Run(const Options& options) {
  if (options.cleanup) return dataplane::Dataplane::Cleanup(options.node);
  if (options.dump) {
    ASSIGN_OR_RETURN(nlohmann::json dump, dataplane::Dataplane::DumpPinned(options.node));
    std::cout << dump.dump(2) << "\n";
    return absl::OkStatus();
  }
  return Serve(options);
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  auto& node = options.node;
  nsm::cmd::CommandLine command_line("nsm-forwarder", "A node's dataplane: joins pods by kernel tunnels.");
  options.common.AddTo(command_line);
  command_line.UrlOption("--connect-to", &options.connect_to, "the node's NSMgr");
  command_line.UrlOption("--listen-on", &options.listen_on,
                         "address to serve on, unix:///PATH that the NSMgr can open");
  nsm::cmd::AddAdminListenOn(command_line, &options.admin_listen_on);
  command_line.Labels("--labels", &options.labels,
                      "labels by which network services can choose this forwarder");
  command_line.Parsed("--tunnel-ip", "", "this node's address for tunnels",
                      [&](const std::string& text) -> absl::Status {
                        ASSIGN_OR_RETURN(node.tunnel_ip, nsm::IpAddress::Parse(text));
                        options.has_tunnel_ip = true;
                        return absl::OkStatus();
                      });
  command_line.Port("--vxlan-port", &node.vxlan_port, "UDP port of tunnels, at both ends");
  command_line.Parsed("--vni-range", "1-16777215", "VNIs to choose from, FIRST-LAST",
                      [&](const std::string& text) { return nsm::cmd::ParseVniRange(text, node); });
  command_line.Text(
      "--bpf-dir", &node.bpf_dir,
      "folder for our maps and programs, on a mounted bpffs; a node its own, in which each port is a "
      "dataplane of its own");
  command_line.Flag(
      "--guard-ethernet", &node.guard_ethernet,
      "drop what a pod sends from addresses it was not given, also on connections of payload ETHERNET");
  command_line.Flag("--allow-host-netns", &node.allow_host_netns,
                    "accept clients and endpoints in the namespace of the host or of this program");
  command_line.Parsed(
      "--fast-path", "auto",
      "on, off, or auto: whether packets go between pods and network without the VXLAN device; auto if this "
      "kernel can",
      [&](const std::string& text) { return nsm::cmd::ParseFastPath(text, node.fast_path); });
  command_line.Parsed(
      "--probe-interval", absl::FormatDuration(node.probe_interval),
      "between two looks whether the nodes at the other ends of tunnels are there; one that dies "
      "is known to be lost after six of them; four must be longer than any way there and back; "
      "0: never look",
      [&](const std::string& text) { return nsm::cmd::ParseProbeInterval(text, node.probe_interval); });
  command_line.Flag(
      "--cleanup", &options.cleanup,
      "remove everything of the dataplane with this --bpf-dir and --vxlan-port from the kernel, and end");
  command_line.Flag("--dump", &options.dump, "print what is in the pinned maps as JSON, and end");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsm-forwarder", nsm::cmd::Run(options));
}
