// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/schema_1.h"

#include <linux/types.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "bpf/types.h"
#include "src/dataplane/schema_3.h"

namespace nsm::dataplane {
namespace {

const std::vector<MapShape> kShapes = {{"node", 4, sizeof(schema_1::Node)},
                                       {"records", 64, sizeof(schema_1::Record)},
                                       {"egress", 4, sizeof(schema_1::Egress)},
                                       {"ingress", 20, sizeof(schema_1::Ingress)},
                                       {"allowed_sources", 28, 4},
                                       {"own_addresses", 16, 4},
                                       {"narrow_paths", 16, 4},
                                       {"traffic", 4, 32},
                                       {"counters", 4, 8}};

template <class From, class To>
void Copy(const From& from, To& to) {
  static_assert(sizeof(from) == sizeof(to));
  std::memcpy(&to, &from, sizeof(to));
}

absl::StatusOr<schema_3::Node> UpgradeNode(const schema_1::Node& node) {
  return schema_3::Node{.vxlan_ifindex = node.vxlan_ifindex};
}

absl::StatusOr<nsm_egress> UpgradeEgress(const schema_1::Egress& egress) {
  nsm_egress upgraded{};
  Copy(egress.remote, upgraded.remote);
  Copy(egress.local, upgraded.local);
  upgraded.vni = egress.vni;
  upgraded.peer_ifindex = egress.peer_ifindex;
  upgraded.kind = egress.kind;
  upgraded.payload = egress.payload;
  upgraded.guarded = egress.guarded;
  return upgraded;
}

absl::StatusOr<nsm_ingress> UpgradeIngress(const schema_1::Ingress& ingress) {
  nsm_ingress upgraded{};
  Copy(ingress.local, upgraded.local);
  upgraded.ifindex = ingress.ifindex;
  return upgraded;
}

nsm_leg UpgradeLeg(const schema_1::Leg& leg) {
  nsm_leg upgraded{};
  Copy(leg.remote, upgraded.remote);
  Copy(leg.local, upgraded.local);
  upgraded.netns_device = leg.netns_device;
  upgraded.netns_inode = leg.netns_inode;
  upgraded.netns_cookie = leg.netns_cookie;
  upgraded.host_ifindex = leg.host_ifindex;
  upgraded.vni = leg.vni;
  Copy(leg.name, upgraded.name);
  upgraded.kind = leg.kind;
  return upgraded;
}

absl::StatusOr<nsm_record> UpgradeRecord(const schema_1::Record& record) {
  bool has_kinds = std::all_of(std::begin(record.legs), std::end(record.legs), [](const schema_1::Leg& leg) {
    return leg.kind == NSM_LEG_ATTACHMENT || leg.kind == NSM_LEG_TUNNEL;
  });
  if (record.schema_version != 1 || !has_kinds) {
    std::string id(record.id, ::strnlen(record.id, sizeof(record.id)));
    return absl::FailedPreconditionError(absl::StrCat("the record of connection \"", id, "\" is none"));
  }
  nsm_record upgraded{};
  upgraded.expiry = record.expiry;
  upgraded.mtu = record.mtu;
  upgraded.payload = record.payload;
  upgraded.guarded = record.guarded;
  for (int i : {0, 1}) upgraded.legs[i] = UpgradeLeg(record.legs[i]);
  return upgraded;
}

}  // namespace

absl::StatusOr<PinnedMaps> UpgradeFrom1(PinnedMaps maps) {
  RETURN_IF_ERROR(CheckShapes(maps, kShapes));
  RETURN_IF_ERROR((Convert<schema_1::Node, schema_3::Node>(maps["node"], UpgradeNode)));
  RETURN_IF_ERROR((Convert<schema_1::Record, nsm_record>(maps["records"], UpgradeRecord)));
  RETURN_IF_ERROR((Convert<schema_1::Egress, nsm_egress>(maps["egress"], UpgradeEgress)));
  RETURN_IF_ERROR((Convert<schema_1::Ingress, nsm_ingress>(maps["ingress"], UpgradeIngress)));
  return maps;
}

}  // namespace nsm::dataplane
