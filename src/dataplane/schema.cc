// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/schema.h"

#include <linux/types.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "bpf/types.h"
#include "src/dataplane/schema_1.h"
#include "src/dataplane/schema_2.h"
#include "src/dataplane/schema_3.h"
#include "src/dataplane/schema_4.h"
#include "src/dataplane/schema_5.h"

namespace nsm::dataplane {
namespace {

using Step = absl::StatusOr<PinnedMaps> (*)(PinnedMaps);
// From schema 1 on.
constexpr Step kSteps[] = {UpgradeFrom1, UpgradeFrom2, UpgradeFrom3, UpgradeFrom4, UpgradeFrom5};
static_assert(std::size(kSteps) == NSM_SCHEMA_VERSION - 1,
              "a step is missing, see \"How to change a struct\"");

}  // namespace

absl::StatusOr<PinnedMaps> Upgrade(int from, PinnedMaps maps) {
  for (int schema = from; schema < NSM_SCHEMA_VERSION; ++schema) {
    ASSIGN_OR_RETURN(maps, kSteps[schema - 1](std::move(maps)));
  }
  return maps;
}

absl::Status CheckShapes(const PinnedMaps& maps, const std::vector<MapShape>& shapes) {
  for (const MapShape& shape : shapes) {
    auto map = maps.find(shape.name);
    if (map == maps.end()) return absl::FailedPreconditionError(absl::StrCat("there is no map ", shape.name));
    if (map->second.key_size == shape.key_size && map->second.value_size == shape.value_size) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("map ", shape.name, " has keys and values of ", map->second.key_size, " and ",
                     map->second.value_size, " bytes, not ", shape.key_size, " and ", shape.value_size));
  }
  return absl::OkStatus();
}

}  // namespace nsm::dataplane
