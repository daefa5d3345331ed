// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/schema_5.h"

#include <linux/types.h>

#include "bpf/types.h"

namespace nsm::dataplane {
namespace {

const std::vector<MapShape> kShapes5 = {{"node", 4, 24},
                                        {"records", 64, 192},
                                        {"egress", 4, 44},
                                        {"ingress", 20, 20},
                                        {"allowed_sources", 28, 4},
                                        {"ways_back", 32, 4},
                                        {"arrivals", 4, 8},
                                        {"own_addresses", 16, 4},
                                        {"narrow_paths", 16, 4},
                                        {"paths", 16, sizeof(schema_5::Path)},
                                        {"traffic", 4, 56},
                                        {"counters", 4, 8}};

}  // namespace

absl::StatusOr<PinnedMaps> UpgradeFrom5(PinnedMaps maps) {
  RETURN_IF_ERROR(CheckShapes(maps, kShapes5));
  maps.erase("paths");
  maps.erase("narrow_paths");
  maps["peers"] = {.key_size = 16, .value_size = sizeof(nsm_peer), .entries = {}};
  return maps;
}

}  // namespace nsm::dataplane
