// SPDX-License-Identifier: Apache-2.0
// nsm-webhook: a mutating admission webhook that puts a client into pods which are annotated with network
// services.
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "src/cmd/command_line.h"
#include "src/cmd/program.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/http_api.h"
#include "src/nsm/config/watched_file.h"
#include "src/webhook/https_server.h"
#include "src/webhook/keeper.h"
#include "src/webhook/native_sidecars.h"
#include "src/webhook/review_handler.h"

namespace nsm::cmd {
namespace {

struct Options {
  std::string log_level = "info";
  Url listen_on = Url::Tcp({"", 9443});
  std::string kubeconfig;
  std::string name_space;
  std::string service = "nsm-webhook";
  std::string secret = "nsm-webhook-certificate";
  std::string configuration = "nsm-webhook";
  std::vector<std::string> names;
  std::string certificates;
  absl::Duration drain = absl::Seconds(5);
  std::string sidecars = "auto";
  std::string volumes = "hostPath";
  std::string csi_driver = "csi.networkservicemesh.io";
  webhook::ClientOptions client;
};

void AddServerOptions(CommandLine& line, Options& options) {
  line.Text("--log-level", &options.log_level, "debug, info, warn, error or off");
  line.UrlOption("--listen-on", &options.listen_on, "where API servers reach it: tcp://[HOST]:PORT");
  line.Text("--kubeconfig", &options.kubeconfig,
            "how to reach the API server; empty: as a pod of its cluster");
  line.Text("--namespace", &options.name_space, "that it runs in; empty: what the access to the API says");
  line.Text("--service", &options.service, "the Service by which API servers reach it");
  line.Text(
      "--configuration", &options.configuration,
      "its MutatingWebhookConfiguration, of which it keeps caBundle and the annotated namespaces right");
  line.Text("--secret", &options.secret, "for the certificate that it makes and renews for itself");
  line.TextList("--names", &options.names,
                "DNS names and addresses in that certificate; empty: SERVICE.NAMESPACE.svc");
  line.Text(
      "--certificates", &options.certificates,
      "instead of that, a folder with tls.crt, tls.key and, if caBundle is to be kept right, ca.crt; read "
      "again when they change");
  line.Duration("--drain", &options.drain, "how long it goes on to answer when it is told to end");
}

void AddClientOptions(CommandLine& line, Options& options) {
  line.Text("--client-image", &options.client.image, "what pods get: an image with nsc and nsmctl");
  line.Text("--client-pull-policy", &options.client.pull_policy, "Always, IfNotPresent or Never");
  line.Parsed("--client-resources", "{}", "requests and limits of the client, as JSON",
              [&options](const std::string& text) -> absl::Status {
                ASSIGN_OR_RETURN(options.client.resources, webhook::ParseJson(text));
                if (options.client.resources.is_object()) return absl::OkStatus();
                return absl::InvalidArgumentError("expected {\"requests\":{...},\"limits\":{...}}");
              });
  line.Labels("--client-environment", &options.client.environment,
              "more variables for the client, or other values for those that it gets: NAME:VALUE[,...]");
  line.Parsed(
      "--client-user", absl::StrCat(options.client.user), "the user that it runs as, not root",
      [&options](const std::string& text) {
        if (absl::SimpleAtoi(text, &options.client.user) && options.client.user > 0) return absl::OkStatus();
        return absl::InvalidArgumentError(absl::StrCat("\"", text, "\" is not a user's number above 0"));
      });
  line.Text("--folder", &options.client.folder, "on each node, with the NSMgr's socket");
  line.Flag("--insecure", &options.client.insecure, "clients speak plaintext, without identities");
  line.Text("--volumes", &options.volumes, "how pods reach their NSMgr's socket: hostPath or csi");
  line.Text("--csi-driver", &options.csi_driver, "which driver that is");
  line.Text(
      "--sidecars", &options.sidecars,
      "native: one container (Kubernetes 1.29); beside: an init container and one beside the pod's own; "
      "auto: as the API server can");
}

absl::Status Check(Options& options) {
  if (options.client.image.empty()) {
    return absl::InvalidArgumentError("--client-image (NSM_CLIENT_IMAGE) is missing");
  }
  if (options.listen_on.is_unix())
    return absl::InvalidArgumentError("--listen-on: expected tcp://[HOST]:PORT");
  if (options.volumes != "hostPath" && options.volumes != "csi") {
    return absl::InvalidArgumentError(
        absl::StrCat("--volumes: \"", options.volumes, "\" is neither hostPath nor csi"));
  }
  if (options.volumes == "csi") options.client.csi_driver = options.csi_driver;
  if (options.sidecars == "auto" || options.sidecars == "native" || options.sidecars == "beside") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("--sidecars: \"", options.sidecars, "\" is not auto, native or beside"));
}

absl::StatusOr<bool> NativeSidecars(const Options& options, kubernetes::Api& api) {
  if (options.sidecars != "auto") return options.sidecars == "native";
  ASSIGN_OR_RETURN(const webhook::Json version, api.Version());
  return webhook::HasNativeSidecars(version);
}

std::string ReadIfThere(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// Somebody else's certificate, as it changes.
absl::StatusOr<std::unique_ptr<WatchedFile>> FollowFiles(const std::string& folder, const Clock& clock,
                                                         TimerQueue& timers,
                                                         webhook::ServedCertificate& certificate,
                                                         webhook::Keeper& keeper) {
  const std::filesystem::path path(folder);
  return WatchedFile::Watch("certificate", path / "tls.crt", clock, timers,
                            [path, &certificate, &keeper](const std::string& text) -> absl::Status {
                              RETURN_IF_ERROR(certificate.Set({text, ReadIfThere(path / "tls.key")}));
                              keeper.SetBundle(ReadIfThere(path / "ca.crt"));
                              return absl::OkStatus();
                            });
}

absl::Status Run(Options options) {
  RETURN_IF_ERROR(StartProcess("nsm-webhook", options.log_level));
  RETURN_IF_ERROR(Check(options));
  ASSIGN_OR_RETURN(const kubernetes::Access access, kubernetes::FindAccess(options.kubeconfig));
  if (options.name_space.empty()) options.name_space = access.name_space;
  if (options.names.empty()) options.names = {absl::StrCat(options.service, ".", options.name_space, ".svc")};
  const std::unique_ptr<kubernetes::Api> api = kubernetes::NewHttpApi(access);
  ASSIGN_OR_RETURN(options.client.native_sidecars, NativeSidecars(options, *api));

  SystemClock clock;
  WorkerPool workers(1);
  TimerQueue timers(clock, workers);
  webhook::ServedCertificate certificate;
  webhook::Keeper keeper(
      *api, clock,
      {.name_space = options.name_space,
       .secret = options.secret,
       .configuration = options.configuration,
       .source = {.is_own = options.certificates.empty(), .names = options.names, .bundle = ""}},
      certificate);
  std::unique_ptr<WatchedFile> files;
  if (!options.certificates.empty()) {
    ASSIGN_OR_RETURN(files, FollowFiles(options.certificates, clock, timers, certificate, keeper));
  }
  const webhook::ReviewHandler handler(options.client, keeper.namespaces());
  ASSIGN_OR_RETURN(
      const std::unique_ptr<webhook::HttpsServer> server,
      webhook::HttpsServer::Start(options.listen_on.address, certificate,
                                  [&handler](const std::string& body) { return handler.Handle(body); }, {}));
  spdlog::info("listening at {}, for {} sidecars", options.listen_on.ToString(),
               options.client.native_sidecars ? "native" : "other");
  WaitForSignal();
  // API servers hear only after a while that this one goes.
  server->BeginEnd();
  absl::SleepFor(options.drain);
  return absl::OkStatus();
}

}  // namespace
}  // namespace nsm::cmd

int main(int argc, char** argv) {
  nsm::cmd::Options options;
  nsm::cmd::CommandLine command_line("nsm-webhook",
                                     "Puts a client into pods that are annotated with network services.");
  nsm::cmd::AddServerOptions(command_line, options);
  nsm::cmd::AddClientOptions(command_line, options);
  if (auto exit_code = command_line.Parse(argc, argv)) return *exit_code;
  return nsm::cmd::ExitCode("nsm-webhook", nsm::cmd::Run(std::move(options)));
}
