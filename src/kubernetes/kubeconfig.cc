// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/kubeconfig.h"

#include <array>
#include <filesystem>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "src/core/ip_address.h"
#include "src/core/status_macros.h"
#include "src/nsm/config/yaml.h"

namespace nsm::kubernetes {
namespace {

// One of the file's mappings, and what it is called there.
struct Section {
  std::string Text(const std::string& key) const {
    return Has(key) && node[key].IsScalar() ? node[key].Scalar() : "";
  }
  bool Has(const std::string& key) const { return node.IsMap() && node[key] && !node[key].IsNull(); }
  // `what` stands at `key`.
  absl::Status Unsupported(const std::string& key) const {
    return absl::UnimplementedError(absl::StrCat(what, ": ", key, " is not supported"));
  }

  YAML::Node node;
  std::string what;
};

// The entry of that name in the list `plural`: what it has under `singular`.
absl::StatusOr<Section> Named(const YAML::Node& root, const std::string& singular, const std::string& name) {
  const std::string plural = singular + "s";
  const YAML::Node list = root[plural];
  if (list && list.IsSequence()) {
    for (const YAML::Node& entry : list) {
      if (!entry.IsMap() || !entry["name"] || !entry["name"].IsScalar()) continue;
      if (entry["name"].Scalar() == name && entry[singular] && entry[singular].IsMap()) {
        return Section{.node = entry[singular], .what = absl::StrCat(singular, " \"", name, "\"")};
      }
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("no ", singular, " \"", name, "\" among its ", plural));
}

// What is inlined as base64, or the file that is named; the former wins, as for kubectl.
absl::StatusOr<TextSource> DataOrFile(const Section& section, const std::string& key,
                                      const std::string& folder) {
  TextSource source;
  if (const std::string data = section.Text(key + "-data"); !data.empty()) {
    if (!absl::Base64Unescape(data, &source.text)) {
      return absl::InvalidArgumentError(absl::StrCat(section.what, ": ", key, "-data is not base64"));
    }
  } else if (const std::string file = section.Text(key); !file.empty()) {
    source.file = std::filesystem::path(folder) / file;
  }
  return source;
}

absl::Status ParseServer(const Section& cluster, Access& access) {
  const std::string url = cluster.Text("server");
  absl::string_view rest = url;
  access.tls = absl::ConsumePrefix(&rest, "https://");
  if (!access.tls && !absl::ConsumePrefix(&rest, "http://")) {
    return absl::InvalidArgumentError(
        absl::StrCat(cluster.what, ": its server \"", url, "\" is not https://HOST[:PORT] or http://"));
  }
  const size_t slash = std::min(rest.find('/'), rest.size());
  access.path = std::string(absl::StripSuffix(rest.substr(slash), "/"));
  ASSIGN_OR_RETURN(access.server, HostPort::Parse(rest.substr(0, slash)));
  if (access.server.port == 0) access.server.port = access.tls ? 443 : 80;
  return absl::OkStatus();
}

absl::Status ParseCluster(const Section& cluster, const std::string& folder, Access& access) {
  if (cluster.Has("proxy-url")) return cluster.Unsupported("proxy-url");
  RETURN_IF_ERROR(ParseServer(cluster, access));
  access.server_name = cluster.Text("tls-server-name");
  // It takes a name for what is dialled as well, unless that is an address.
  if (!access.server_name.empty() && !IpAddress::Parse(access.server.host).ok()) {
    return cluster.Unsupported("tls-server-name with a server that is not an address");
  }
  access.verify = cluster.Text("insecure-skip-tls-verify") != "true";
  ASSIGN_OR_RETURN(access.ca, DataOrFile(cluster, "certificate-authority", folder));
  return absl::OkStatus();
}

absl::Status ParseUser(const Section& user, const std::string& folder, Access& access) {
  for (const char* key : {"exec", "auth-provider", "username", "password", "as", "as-uid", "as-groups"}) {
    if (user.Has(key)) {
      return absl::UnimplementedError(
          absl::StrCat(user.what, ": ", key,
                       " is not supported; use token, tokenFile or client-certificate with client-key"));
    }
  }
  access.token.text = user.Text("token");
  if (const std::string file = user.Text("tokenFile"); !file.empty()) {
    access.token.file = std::filesystem::path(folder) / file;
  }
  ASSIGN_OR_RETURN(access.certificate, DataOrFile(user, "client-certificate", folder));
  ASSIGN_OR_RETURN(access.key, DataOrFile(user, "client-key", folder));
  if (access.certificate.empty() != access.key.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(user.what, ": client-certificate and client-key go together, one of them is missing"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Access> ParseKubeconfig(const std::string& text, const std::string& folder) {
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text));
  if (!root.IsMap()) return absl::InvalidArgumentError("not a kubeconfig: expected a mapping");
  const std::string current = Section{.node = root, .what = ""}.Text("current-context");
  if (current.empty()) return absl::InvalidArgumentError("no current-context is set");
  ASSIGN_OR_RETURN(const Section context, Named(root, "context", current));
  ASSIGN_OR_RETURN(const Section cluster, Named(root, "cluster", context.Text("cluster")));

  Access access;
  RETURN_IF_ERROR(ParseCluster(cluster, folder, access));
  if (context.Has("user")) {
    ASSIGN_OR_RETURN(const Section user, Named(root, "user", context.Text("user")));
    RETURN_IF_ERROR(ParseUser(user, folder, access));
  }
  if (context.Has("namespace")) access.name_space = context.Text("namespace");
  return access;
}

}  // namespace nsm::kubernetes
