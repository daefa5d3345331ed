// SPDX-License-Identifier: Apache-2.0
// nse-icmp-responder: an endpoint that gives each client an address; the kernel answers its pings.
#include <spdlog/spdlog.h>

#include <atomic>
#include <filesystem>
#include <set>

#include "src/cmd/own_netns.h"
#include "src/cmd/probe_commands.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/endpoint/chain.h"
#include "src/netlink/address.h"
#include "src/netlink/route.h"
#include "src/nsm/hop/hop_server.h"
#include "src/nsm/registry/registration.h"
#include "src/nsm/request/client_info.h"

namespace nsm::cmd {
namespace {

struct Options {
  CommonOptions common{.name = "icmp-server"};
  Url connect_to = Url::Unix("/var/lib/networkservicemesh/nsm.io.sock");
  std::string listen_on;  // empty: a socket in a folder of its own
  std::vector<Url> admin_listen_on;
  std::vector<std::string> service_names{"icmp-responder"};
  std::string payload = kPayloadEthernet;
  std::map<std::string, std::string> labels;
  std::vector<endpoint::PrefixGroup> prefixes;
  endpoint::IpamPolicy ipam_policy = endpoint::IpamPolicy::kStrict;
  std::vector<IpPrefix> routes;
  bool default_route = false;
  bool register_service = true;
  bool unregister_itself = true;
};

// A folder that goes with the program.
struct OwnFolder {
  OwnFolder() = default;
  OwnFolder(const OwnFolder&) = delete;
  OwnFolder& operator=(const OwnFolder&) = delete;
  ~OwnFolder() {
    std::error_code ignored;
    if (!path.empty()) std::filesystem::remove_all(path, ignored);
  }
  absl::Status Make() {
    std::string name = (std::filesystem::temp_directory_path() / "nse-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      return absl::ErrnoToStatus(errno, "making a folder for our socket");
    path = name;
    return absl::OkStatus();
  }
  std::string path;
};

NetworkServiceEndpoint OwnRegistration(const Options& options, const Url& listen_on) {
  NetworkServiceEndpoint endpoint;
  endpoint.set_name(options.common.name);
  endpoint.set_url(listen_on.ToString());
  Labels where = LabelsFromEnvironment();
  for (const std::string& service : options.service_names) {
    endpoint.add_network_service_names(service);
    auto& labels = *(*endpoint.mutable_network_service_labels())[service].mutable_labels();
    labels.insert(options.labels.begin(), options.labels.end());
    labels.insert(where.begin(), where.end());
  }
  return endpoint;
}

std::vector<NetworkService> OwnServices(const Options& options) {
  std::vector<NetworkService> services;
  if (!options.register_service) return services;
  for (const std::string& name : options.service_names) {
    NetworkService& service = services.emplace_back();
    service.set_name(name);
    service.set_payload(options.payload);
  }
  return services;
}

// Both ends' addresses of the connections that this namespace has from before.
absl::StatusOr<std::set<IpAddress>> AddressesInUse() {
  std::set<IpAddress> addresses;
  std::set<uint32_t> links;
  ASSIGN_OR_RETURN(netlink::Socket socket, netlink::Socket::Open());
  RETURN_IF_ERROR(netlink::DumpAddresses(socket, Ifindex{}, [&](const netlink::Address& address) {
    addresses.insert(address.prefix.address());
    links.insert(address.index.value);
  }));
  for (uint32_t link : links) {
    RETURN_IF_ERROR(netlink::DumpRoutes(socket, Ifindex{link}, [&](const netlink::LinkRoute& route) {
      if (route.prefix.length() == route.prefix.address().bits()) addresses.insert(route.prefix.address());
    }));
  }
  return addresses;
}

absl::Status Run(const Options& options) {
  RETURN_IF_ERROR(StartProgram("nse-icmp-responder", options.common));
  ASSIGN_OR_RETURN(NetnsInode netns, OwnNetns());
  OwnFolder folder;
  Url listen_on;
  if (options.listen_on.empty()) {
    RETURN_IF_ERROR(folder.Make());
    listen_on = Url::Unix(folder.path + "/listen.on");
  } else {
    ASSIGN_OR_RETURN(listen_on, Url::Parse(options.listen_on));
  }
  endpoint::Ipam ipam(options.prefixes);
  const SystemClock clock;
  ASSIGN_OR_RETURN(const auto identity, OpenIdentity(options.common, clock));
  Hop hop(options.common.name, clock, identity->identity(), options.common.dial_timeout);
  hop.policies = options.common.policies;
  ASSIGN_OR_RETURN(std::set<IpAddress> in_use, AddressesInUse());
  ipam.Reserve(in_use);
  // By then a connection that nobody has asked for again has expired.
  hop.timers.Schedule(hop.clock.Now() + options.common.max_token_lifetime,
                      [&ipam] { ipam.EndReservation(); });
  HopServer server(hop);
  server.ShowConnections(endpoint::Compose(server.chain(), hop, ipam, options.ipam_policy, options.routes,
                                           {.netns = netns, .takes_default_route = options.default_route}));
  server.introspection().Add("addresses", [&] { return ipam.Dump(); });
  std::atomic<const Registration*> registered = nullptr;
  server.introspection().Add(kWaitsFor, [&] { return WaitsFor(registered, options.connect_to); });
  RETURN_IF_ERROR(server.Open(Doors({listen_on}, {Behind::kConnections}, options.admin_listen_on)));
  Registration registration(hop.channels, options.connect_to, OwnRegistration(options, listen_on),
                            OwnServices(options), hop.clock);
  registered = &registration;
  WaitForSignal();
  absl::Status unregistered;
  if (options.unregister_itself) unregistered = registration.Unregister(hop.clock.Now() + absl::Seconds(5));
  server.Stop();
  return unregistered;
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  options.prefixes = *nsm::endpoint::ParsePrefixGroups("169.254.0.0/16");
  nsm::cmd::CommandLine command_line("nse-icmp-responder", "An endpoint that answers pings.");
  options.common.AddTo(command_line);
  command_line.UrlOption("--connect-to", &options.connect_to, "the node's NSMgr");
  command_line.Text("--listen-on", &options.listen_on,
                    "address to serve on; empty: a unix socket in a new folder");
  nsm::cmd::AddAdminListenOn(command_line, &options.admin_listen_on);
  command_line.TextList("--service-names", &options.service_names, "network services to offer");
  command_line.Parsed("--payload", options.payload, "ETHERNET or IP", [&](const std::string& text) {
    options.payload = text;
    if (text == nsm::kPayloadEthernet || text == nsm::kPayloadIp) return absl::OkStatus();
    return absl::InvalidArgumentError("\"" + text + "\" is not a payload: expected ETHERNET or IP");
  });
  command_line.Labels("--labels", &options.labels, "labels of the endpoint, KEY:VALUE[,...]");
  command_line.Parsed(
      "--cidr-prefix", "169.254.0.0/16",
      "prefixes to take addresses from; a pair from each group, groups are A,B or [A1,A2],[B]",
      [&](const std::string& text) -> absl::Status {
        ASSIGN_OR_RETURN(options.prefixes, nsm::endpoint::ParsePrefixGroups(text));
        return absl::OkStatus();
      });
  command_line.Parsed(
      "--ipam-policy", "strict",
      "what happens to a connection's addresses that are in none of these prefixes: strict (they go) or "
      "polite "
      "(they stay, unless the client has left another endpoint: where others on the way give addresses, too)",
      [&](const std::string& text) -> absl::Status {
        ASSIGN_OR_RETURN(options.ipam_policy, nsm::endpoint::ParseIpamPolicy(text));
        return absl::OkStatus();
      });
  command_line.Prefixes("--routes", &options.routes,
                        "prefixes that clients reach through this endpoint, separated by commas");
  command_line.Flag(
      "--default-route", &options.default_route,
      "use the default route that a client gives by --routes 0.0.0.0/0, of the first that does; the "
      "pod's own stays, and is in use again afterwards");
  command_line.Flag("--register-service", &options.register_service, "register the network services, too");
  command_line.Flag("--unregister-itself", &options.unregister_itself, "leave the registry at the end");
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nse-icmp-responder", nsm::cmd::Run(options));
}
