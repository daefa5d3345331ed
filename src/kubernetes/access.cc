// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/access.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/kubeconfig.h"

namespace nsm::kubernetes {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

absl::StatusOr<std::string> TextSource::Read() const {
  if (file.empty()) return text;
  std::ifstream stream(file);
  std::stringstream content;
  content << stream.rdbuf();
  if (!stream) return absl::UnavailableError(absl::StrCat("reading ", file, ": failed"));
  return content.str();
}

std::string Access::ToString() const {
  return absl::StrCat(tls ? "https://" : "http://", server.ToString(), path);
}

absl::StatusOr<Access> InCluster(const std::string& folder) {
  const std::string host = Variable("KUBERNETES_SERVICE_HOST");
  const std::string port = Variable("KUBERNETES_SERVICE_PORT");
  if (host.empty() || port.empty()) {
    return absl::NotFoundError(
        "no KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT in the environment: outside of a cluster a "
        "kubeconfig is needed");
  }
  Access access;
  ASSIGN_OR_RETURN(access.server, HostPort::Parse(absl::StrCat(HostPort{host}.ToString(), ":", port)));
  access.ca.file = folder + "/ca.crt";
  access.token.file = folder + "/token";
  if (auto name_space = TextSource{.text = "", .file = folder + "/namespace"}.Read(); name_space.ok()) {
    access.name_space = std::string(absl::StripAsciiWhitespace(*name_space));
  }
  return access;
}

absl::StatusOr<Access> FindAccess(const std::string& kubeconfig) {
  if (kubeconfig.empty()) return InCluster();
  ASSIGN_OR_RETURN(const std::string text, TextSource({.text = "", .file = kubeconfig}).Read());
  auto access = ParseKubeconfig(text, std::filesystem::path(kubeconfig).parent_path());
  if (access.ok()) return access;
  return absl::Status(access.status().code(), absl::StrCat(kubeconfig, ": ", access.status().message()));
}

}  // namespace nsm::kubernetes
