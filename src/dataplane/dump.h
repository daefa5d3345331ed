// SPDX-License-Identifier: Apache-2.0
// The dataplane's state as JSON, for people and tests.
#pragma once

#include <vector>

#include "nlohmann/json.hpp"
#include "src/dataplane/maps.h"
#include "src/dataplane/record.h"
#include "src/dataplane/vni_allocator.h"

namespace nsm::dataplane {

nlohmann::json DumpRecord(const Record& record, const Maps& maps);
nlohmann::json DumpVnis(const std::vector<VniAllocator::Use>& uses);
// How packets get to each.
nlohmann::json DumpPeers(const Maps& maps);
// By name; those that are zero are left out.
nlohmann::json DumpCounters(const Maps& maps);
// Number of entries by map.
nlohmann::json DumpMapEntries(const Maps& maps);

}  // namespace nsm::dataplane
