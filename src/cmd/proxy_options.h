// SPDX-License-Identifier: Apache-2.0
// The options of proxy-nsmgr.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/cmd/address_options.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/proxy/publish_urls.h"

namespace nsm::cmd {

struct ProxyOptions {
  CommonOptions common{.name = "proxy-nsmgr"};
  std::vector<Url> listen_on{Url::Tcp({"", 5006})};
  std::vector<Url> registry_listen_on{Url::Tcp({"", 5005})};
  std::vector<Url> admin_listen_on{Url::Unix("/run/nsm/proxy-nsmgr.sock")};
  std::optional<Url> public_url;
  Url registry = Url::Tcp({"localhost", 5000});
  uint16_t remote_registry_port = 5005;
  std::vector<HostPort> dns_servers;
  proxy::Advertise advertise = proxy::Advertise::kNode;
  AddressOptions addresses;
  std::string kubeconfig;  // empty: the pod's own cluster
  std::vector<std::string> domains;

  void AddTo(CommandLine& line) {
    common.AddTo(line);
    line.UrlList("--listen-on", &listen_on, "addresses of the proxy NSMgr, for Requests");
    line.UrlList("--registry-listen-on", &registry_listen_on,
                 "addresses of the proxy NSR, for our own registry and for other domains");
    AddAdminListenOn(line, &admin_listen_on);
    line.Parsed("--public-url", "", "where others reach the proxy NSMgr; without it the first of --listen-on",
                [this](const std::string& text) -> absl::Status {
                  ASSIGN_OR_RETURN(public_url, Url::Parse(text));
                  return absl::OkStatus();
                });
    line.UrlOption("--registry-url", &registry, "the registry of our domain");
    line.Port("--remote-registry-port", &remote_registry_port,
              "port of other domains' proxy NSRs where \"@domain\" says none");
    line.Parsed("--dns-servers", "",
                "name servers ADDRESS[:PORT][,...], asked in order; without it those of /etc/resolv.conf",
                [this](const std::string& text) { return ParseDnsServers(text); });
    line.Parsed(
        "--advertise", "node",
        "what other domains send Requests to: \"node\", our NSMgrs at their external addresses, or \"proxy\"",
        [this](const std::string& text) { return ParseAdvertise(text); });
    line.TextList("--domain", &domains, "names of our own domain, separated by commas");
    addresses.AddTo(line);
    line.Text("--kubeconfig", &kubeconfig,
              "file that says where the Kubernetes API server is; by default the pod's own cluster");
  }

 private:
  absl::Status ParseDnsServers(const std::string& text) {
    dns_servers.clear();
    for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
      ASSIGN_OR_RETURN(HostPort server, HostPort::Parse(part));
      RETURN_IF_ERROR(IpAddress::Parse(server.host).status());
      dns_servers.push_back(std::move(server));
    }
    return absl::OkStatus();
  }
  absl::Status ParseAdvertise(const std::string& text) {
    if (text != "node" && text != "proxy") {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": expected node or proxy"));
    }
    advertise = text == "node" ? proxy::Advertise::kNode : proxy::Advertise::kProxy;
    return absl::OkStatus();
  }
};

}  // namespace nsm::cmd
