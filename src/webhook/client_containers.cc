// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/client_containers.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace nsm::webhook {
namespace {

constexpr char kOwnFolder[] = "/run/nsm-client";

// kubelet replaces $(NAME) in values; $$ is a dollar (Kubernetes API, EnvVar).
std::string Literal(const std::string& text) { return absl::StrReplaceAll(text, {{"$", "$$"}}); }

Json FromPod(const char* name, const char* field) {
  return {{"name", name}, {"valueFrom", {{"fieldRef", {{"fieldPath", field}}}}}};
}

std::string Texts(const std::vector<client::ServiceUrl>& services) {
  return absl::StrJoin(services, ",", [](std::string* out, const client::ServiceUrl& service) {
    absl::StrAppend(out, service.ToString());
  });
}

Json Environment(const std::vector<client::ServiceUrl>& services, const ClientOptions& options) {
  // A value may refer to variables before it.
  Json variables = {
      FromPod("NODE_NAME", "spec.nodeName"),
      FromPod("POD_NAME", "metadata.name"),
      {{"name", "NSM_NAME"}, {"value", "$(POD_NAME)"}},
      {{"name", "NSM_NETWORK_SERVICES"}, {"value", Literal(Texts(services))}},
      {{"name", "NSM_CONNECT_TO"}, {"value", absl::StrCat("unix://", options.folder, "/nsm.io.sock")}}};
  if (options.insecure) variables.push_back({{"name", "NSM_INSECURE"}, {"value", "true"}});
  for (const auto& [name, value] : options.environment) {
    const Json variable = {{"name", name}, {"value", value}};
    auto known = std::find_if(variables.begin(), variables.end(),
                              [&name = name](const Json& other) { return other["name"] == name; });
    if (known != variables.end()) {
      *known = variable;
    } else {
      variables.push_back(variable);
    }
  }
  return variables;
}

Json Container(const char* name, const std::vector<client::ServiceUrl>& services,
               const ClientOptions& options) {
  return {{"name", name},
          {"image", options.image},
          {"imagePullPolicy", options.pull_policy},
          {"command", {"nsc"}},
          {"env", Environment(services, options)},
          {"resources", options.resources},
          {"volumeMounts", {{{"name", kSocketVolume}, {"mountPath", options.folder}, {"readOnly", true}}}},
          {"securityContext",
           {{"allowPrivilegeEscalation", false},
            {"capabilities", {{"drop", {"ALL"}}}},
            {"readOnlyRootFilesystem", true},
            {"runAsNonRoot", true},
            {"runAsUser", options.user},
            {"seccompProfile", {{"type", "RuntimeDefault"}}}}}};
}

void SetVariable(Json& container, const char* name, const std::string& value) {
  container["env"].push_back({{"name", name}, {"value", value}});
}

Json NativeSidecar(const std::vector<client::ServiceUrl>& services, const ClientOptions& options) {
  const std::string address = absl::StrCat("unix://", kOwnFolder, "/nsc.sock");
  Json sidecar = Container(kClientContainer, services, options);
  sidecar["restartPolicy"] = "Always";
  SetVariable(sidecar, "NSM_LISTEN_ON", address);
  sidecar["volumeMounts"].push_back({{"name", kOwnVolume}, {"mountPath", kOwnFolder}});
  // Each probe waits for the connections itself, so that the pod goes on as soon as they are there. To start
  // the client anew would help nobody: it is given a day of probes.
  sidecar["startupProbe"] = {{"exec", {{"command", {"nsmctl", "ready", address, "--within", "10s"}}}},
                             {"timeoutSeconds", 15},
                             {"periodSeconds", 1},
                             {"failureThreshold", 8640}};
  return sidecar;
}

Json SocketVolume(const ClientOptions& options) {
  if (options.csi_driver.empty()) {
    return {{"name", kSocketVolume}, {"hostPath", {{"path", options.folder}, {"type", "DirectoryOrCreate"}}}};
  }
  return {{"name", kSocketVolume}, {"csi", {{"driver", options.csi_driver}, {"readOnly", true}}}};
}

}  // namespace

ClientContainers MakeClientContainers(const std::vector<client::ServiceUrl>& services,
                                      const ClientOptions& options) {
  if (options.native_sidecars) {
    return {.first = NativeSidecar(services, options),
            .last = nullptr,
            .volumes = {SocketVolume(options), {{"name", kOwnVolume}, {"emptyDir", Json::object()}}}};
  }
  ClientContainers containers = {.first = Container(kInitContainer, services, options),
                                 .last = Container(kClientContainer, services, options),
                                 .volumes = {SocketVolume(options)}};
  SetVariable(containers.first, "NSM_ONCE", "true");
  return containers;
}

}  // namespace nsm::webhook
