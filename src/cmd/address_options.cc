// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/address_options.h"

#include "absl/strings/str_split.h"
#include "src/core/status_macros.h"

namespace nsm::cmd {

void AddressOptions::AddTo(CommandLine& command_line) {
  command_line.Text(
      "--address-map", &file,
      "file with lines \"INTERNAL: EXTERNAL\": by which addresses other domains see this domain's "
      "nodes; looked at again whenever it changes");
  command_line.Parsed("--external-address", "", "such pairs on the command line: INTERNAL=EXTERNAL[,...]",
                      [this](const std::string& text) -> absl::Status {
                        for (absl::string_view part : absl::StrSplit(text, ',', absl::SkipEmpty())) {
                          ASSIGN_OR_RETURN(auto pair, AddressMap::ParsePair(part));
                          fixed.insert(pair);
                        }
                        return absl::OkStatus();
                      });
}

absl::StatusOr<std::unique_ptr<WatchedFile>> WatchAddresses(const AddressOptions& options, const Clock& clock,
                                                            TimerQueue& timers, AddressMap& map) {
  return WatchInto("address map", options.file, clock, timers, map);
}

}  // namespace nsm::cmd
