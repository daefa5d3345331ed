// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/schema_3.h"

#include <linux/types.h>

#include "bpf/types.h"
#include "src/dataplane/schema_4.h"

namespace nsm::dataplane {
namespace {

const std::vector<MapShape> kShapes3 = {{"node", 4, 4},
                                        {"records", 64, 192},
                                        {"egress", 4, 44},
                                        {"ingress", 20, 20},
                                        {"allowed_sources", 28, 4},
                                        {"ways_back", 32, 4},
                                        {"arrivals", 4, 8},
                                        {"own_addresses", 16, 4},
                                        {"narrow_paths", 16, 4},
                                        {"traffic", 4, sizeof(schema_3::Traffic)},
                                        {"counters", 4, 8}};

absl::StatusOr<nsm_node> NodeWithPaths(const schema_3::Node& node) {
  nsm_node upgraded{};
  upgraded.vxlan_ifindex = node.vxlan_ifindex;
  return upgraded;
}

absl::StatusOr<nsm_traffic> TrafficByPaths(const schema_3::Traffic& traffic) {
  nsm_traffic upgraded{};
  upgraded.packets_sent = traffic.packets_sent;
  upgraded.bytes_sent = traffic.bytes_sent;
  upgraded.packets_received = traffic.packets_received;
  upgraded.bytes_received = traffic.bytes_received;
  return upgraded;
}

}  // namespace

absl::StatusOr<PinnedMaps> UpgradeFrom3(PinnedMaps maps) {
  RETURN_IF_ERROR(CheckShapes(maps, kShapes3));
  RETURN_IF_ERROR((Convert<schema_3::Node, nsm_node>(maps["node"], NodeWithPaths)));
  RETURN_IF_ERROR((Convert<schema_3::Traffic, nsm_traffic>(maps["traffic"], TrafficByPaths)));
  maps["paths"] = {.key_size = 16, .value_size = sizeof(schema_4::Path), .entries = {}};
  return maps;
}

}  // namespace nsm::dataplane
