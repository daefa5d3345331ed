// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/address_options.h"

#include <spdlog/spdlog.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/status_macros.h"
#include "src/kubernetes/http_api.h"

namespace nsm::cmd {
namespace {

// Long enough where all is well, so that nothing is published by addresses that nobody outside reaches.
constexpr absl::Duration kAwaitNodes = absl::Seconds(2);

absl::Status ParseSources(const std::string& text, AddressOptions& options) {
  options.kubernetes = false;
  options.file.clear();
  for (absl::string_view source : absl::StrSplit(text, ',', absl::SkipEmpty())) {
    if (source == "kubernetes") {
      options.kubernetes = true;
    } else if (options.file.empty()) {
      options.file = std::string(source);
    } else {
      return absl::InvalidArgumentError(absl::StrCat("\"", text, "\": expected one file at most"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

void AddressOptions::AddTo(CommandLine& command_line) {
  command_line.Parsed(
      "--address-map", "",
      "by which addresses other domains see this domain's nodes: a file with lines \"INTERNAL: EXTERNAL\", "
      "looked at again whenever it changes, or \"kubernetes\", the InternalIP and ExternalIP of the "
      "cluster's "
      "nodes, or \"kubernetes,FILE\", where the file's lines win; a node's annotation "
      "networkservicemesh.io/external-address wins over both",
      [this](const std::string& text) { return ParseSources(text, *this); });
  command_line.Parsed("--external-address", "", "such pairs on the command line: INTERNAL=EXTERNAL[,...]",
                      [this](const std::string& text) -> absl::Status {
                        for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
                          ASSIGN_OR_RETURN(auto pair, AddressMap::ParsePair(part));
                          fixed.insert(pair);
                        }
                        return absl::OkStatus();
                      });
}

absl::StatusOr<AddressSources> WatchAddresses(const AddressOptions& options, const std::string& kubeconfig,
                                              const Clock& clock, TimerQueue& timers, AddressMap& map) {
  AddressSources sources;
  if (!options.kubernetes) {
    ASSIGN_OR_RETURN(sources.file, WatchInto("address map", options.file, clock, timers, map));
    return sources;
  }
  ASSIGN_OR_RETURN(kubernetes::Access access, kubernetes::FindAccess(kubeconfig));
  sources.api = kubernetes::NewHttpApi(std::move(access));
  sources.nodes = std::make_unique<kubernetes::FollowedNodes>(*sources.api, map);
  if (!options.file.empty()) {
    ASSIGN_OR_RETURN(sources.file,
                     WatchedFile::Watch("address map", options.file, clock, timers,
                                        [&nodes = *sources.nodes](const std::string& text) -> absl::Status {
                                          ASSIGN_OR_RETURN(auto entries, AddressMap::ParseYaml(text));
                                          nodes.SetFile(std::move(entries));
                                          return absl::OkStatus();
                                        }));
  }
  if (!sources.nodes->AwaitList(kAwaitNodes)) {
    spdlog::warn("address map: going on without the cluster's nodes, which the API server does not tell");
  }
  return sources;
}

}  // namespace nsm::cmd
