// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/schema_2.h"

namespace nsm::dataplane {
namespace {

const std::vector<MapShape> kShapes2 = {
    {"node", 4, 4},          {"records", 64, 192},       {"egress", 4, 44},
    {"ingress", 20, 20},     {"allowed_sources", 28, 4}, {"own_addresses", 16, 4},
    {"narrow_paths", 16, 4}, {"traffic", 4, 32},         {"counters", 4, 8}};

}  // namespace

absl::StatusOr<PinnedMaps> UpgradeFrom2(PinnedMaps maps) {
  RETURN_IF_ERROR(CheckShapes(maps, kShapes2));
  maps["ways_back"] = {.key_size = 32, .value_size = 4, .entries = {}};
  maps["arrivals"] = {.key_size = 4, .value_size = 8, .entries = {}};
  return maps;
}

}  // namespace nsm::dataplane
