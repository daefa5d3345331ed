// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/await_services.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/cmd/peer.h"
#include "src/core/status_macros.h"
#include "src/nsm/rpc/read_dump.h"

namespace nsm::cmd {
namespace {

// Short beside what a pod's start takes anyway.
constexpr absl::Duration kPause = absl::Milliseconds(50);

absl::Status Ask(Peer& peer, absl::Time deadline) {
  ChannelPool::Call call(peer.channels, deadline);
  absl::Status answer = absl::UnavailableError("it does not say what it wants");
  RETURN_IF_ERROR(ReadDump(
      peer.channel, call.context(), {kWantedSection},
      [&answer](const std::string&, const nlohmann::json& wanted) { answer = AllConnected(wanted); }));
  return answer;
}

}  // namespace

absl::Status AllConnected(const nlohmann::json& wanted) {
  if (wanted.is_null()) return absl::UnavailableError("the client has only just begun");
  std::vector<std::string> missing;
  for (const nlohmann::json& service : wanted) {
    if (!service.is_object()) return absl::InternalError("what it wants is no list of objects");
    if (service.value("connected", false)) continue;
    missing.push_back(absl::StrCat(service.value("service", ""), " at ", service.value("interface", ""), ": ",
                                   service.value("failed", "asked for, no answer yet")));
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("not connected yet: ", absl::StrJoin(missing, "; ")));
}

absl::Status AwaitServices(const std::string& address, absl::Duration limit) {
  Peer peer;
  const absl::Time deadline = peer.clock.Now() + limit;
  ASSIGN_OR_RETURN(const Url url, Url::Parse(address));
  peer.channel = peer.channels.Get(url);
  absl::Status last;
  do {
    last = peer.channels.Dial(*peer.channel, url, deadline);
    if (last.ok()) last = Ask(peer, deadline);
    if (last.ok()) return last;
    absl::SleepFor(std::min(kPause, deadline - peer.clock.Now()));
  } while (peer.clock.Now() < deadline);
  return last;
}

}  // namespace nsm::cmd
