// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/dataplane.h"

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/dataplane/dump.h"
#include "src/dataplane/linux_dataplane.h"
#include "src/dataplane/node.h"
#include "src/dataplane/pinned_state.h"

namespace nsm::dataplane {

absl::StatusOr<std::unique_ptr<Dataplane>> Dataplane::Start(const NodeConfig& config, const Clock& clock) {
  return LinuxDataplane::Start(config, clock);
}

absl::Status Dataplane::Cleanup(const NodeConfig& config) { return RemoveNode(config); }

absl::StatusOr<nlohmann::json> Dataplane::DumpPinned(const NodeConfig& config) {
  PinnedState found = FindState(config);
  RETURN_IF_ERROR(CheckState(found));
  if (found.IsOlder()) {
    return absl::FailedPreconditionError(absl::StrCat("what is pinned in ", found.folder, " is of schema ",
                                                      found.schema,
                                                      ": the next nsm-forwarder takes it over"));
  }
  ASSIGN_OR_RETURN(Maps maps, Maps::Open(MapFolder(config)));
  nlohmann::json dump{{"cross_connects", nlohmann::json::array()}, {"vnis", nlohmann::json::array()}};
  for (const Record& record : ReadRecords(maps, config.vxlan_port)) {
    dump["cross_connects"].push_back(DumpRecord(record, maps));
    for (const BuiltLeg& leg : record.legs) {
      const auto* tunnel = std::get_if<Tunnel>(&leg);
      if (tunnel == nullptr) continue;
      for (auto& use : DumpVnis({{.key = {tunnel->remote, tunnel->vni}, .id = record.id, .live = true}})) {
        dump["vnis"].push_back(use);
      }
    }
  }
  dump["peers"] = DumpPeers(maps);
  dump["counters"] = DumpCounters(maps);
  dump["map_entries"] = DumpMapEntries(maps);
  return dump;
}

}  // namespace nsm::dataplane
