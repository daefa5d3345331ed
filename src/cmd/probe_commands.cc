// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/probe_commands.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/cmd/peer.h"
#include "src/nsm/rpc/read_dump.h"

namespace nsm::cmd {
namespace {

constexpr absl::Duration kLongestProbe = absl::Seconds(4);

absl::StatusOr<nlohmann::json> ReadSection(const std::string& address, const std::string& section) {
  Peer peer;
  RETURN_IF_ERROR(peer.Dial(address));
  ChannelPool::Call call(peer.channels, peer.clock.Now() + kLongestProbe);
  nlohmann::json value;
  RETURN_IF_ERROR(ReadDump(peer.channel, call.context(), {section},
                           [&value](const std::string&, nlohmann::json read) { value = std::move(read); }));
  return value;
}

}  // namespace

nlohmann::json WaitsFor(const Registration* registration, const Url& nsmgr) {
  nlohmann::json missing = nlohmann::json::array();
  if (registration == nullptr || !registration->is_registered()) {
    missing.push_back(absl::StrCat("the NSMgr at ", nsmgr.ToString()));
  }
  return missing;
}

absl::Status CheckAlive(const std::string& address) { return ReadSection(address, "name").status(); }

absl::Status CheckReady(const std::string& address) {
  ASSIGN_OR_RETURN(nlohmann::json missing, ReadSection(address, kWaitsFor));
  if (missing.empty()) return absl::OkStatus();
  std::vector<std::string> texts;
  for (const nlohmann::json& text : missing)
    texts.push_back(text.is_string() ? text.get<std::string>() : text.dump());
  return absl::UnavailableError(absl::StrCat("waits for ", absl::StrJoin(texts, " and ")));
}

}  // namespace nsm::cmd
