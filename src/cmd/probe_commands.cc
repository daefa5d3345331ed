// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/probe_commands.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/cmd/peer.h"
#include "src/nsm/rpc/read_dump.h"

namespace nsm::cmd {
namespace {

constexpr absl::Duration kLongestProbe = absl::Seconds(4);
// Short beside what a pod's start takes anyway.
constexpr absl::Duration kPause = absl::Milliseconds(50);

absl::StatusOr<nlohmann::json> ReadSection(Peer& peer, const std::string& section) {
  ChannelPool::Call call(peer.channels, peer.clock.Now() + kLongestProbe);
  nlohmann::json value;
  RETURN_IF_ERROR(ReadDump(peer.channel, call.context(), {section},
                           [&value](const std::string&, nlohmann::json read) { value = std::move(read); }));
  return value;
}

absl::Status Ask(Peer& peer) {
  ASSIGN_OR_RETURN(nlohmann::json missing, ReadSection(peer, kWaitsFor));
  if (missing.empty()) return absl::OkStatus();
  std::vector<std::string> texts;
  for (const nlohmann::json& text : missing)
    texts.push_back(text.is_string() ? text.get<std::string>() : text.dump());
  return absl::UnavailableError(absl::StrCat("waits for ", absl::StrJoin(texts, " and ")));
}

}  // namespace

nlohmann::json WaitsFor(const Registration* registration, const Url& nsmgr) {
  nlohmann::json missing = nlohmann::json::array();
  if (registration == nullptr || !registration->is_registered()) {
    missing.push_back(absl::StrCat("the NSMgr at ", nsmgr.ToString()));
  }
  return missing;
}

nlohmann::json WaitsForServices(const std::vector<nlohmann::json>& wanted, size_t count) {
  nlohmann::json missing = nlohmann::json::array();
  for (const nlohmann::json& service : wanted) {
    if (service.value("connected", false)) continue;
    missing.push_back(absl::StrCat(service.value("service", ""), " at ", service.value("interface", ""), " (",
                                   service.value("failed", "asked for, no answer yet"), ")"));
  }
  if (wanted.size() < count) missing.push_back("its own beginning");
  return missing;
}

absl::Status CheckAlive(Identity& own, const std::string& address) {
  Peer peer(own);
  RETURN_IF_ERROR(peer.Dial(address));
  return ReadSection(peer, "name").status();
}

absl::Status CheckReady(Identity& own, const std::string& address, absl::Duration within) {
  Peer peer(own);
  const absl::Time deadline = peer.clock.Now() + within;
  while (true) {
    absl::Status status = peer.Dial(address);
    if (status.ok()) status = Ask(peer);
    if (!absl::IsUnavailable(status) || peer.clock.Now() >= deadline) return status;
    absl::SleepFor(std::min(kPause, deadline - peer.clock.Now()));
  }
}

}  // namespace nsm::cmd
