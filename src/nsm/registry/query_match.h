// SPDX-License-Identifier: Apache-2.0
// Which entries a query asks for. A field that the query leaves empty matches anything.
// Source: NSM v1, sdk pkg/tools/matchutils.
#pragma once

#include "src/nsm/wire/wire.h"

namespace nsm {

// Name and payload are equal; the matches are the same list.
bool MatchesQuery(const NetworkService& query, const NetworkService& entry);
// The name is equal; all services and labels asked for are there; the URL contains the text asked for; the
// expiry is in the same second.
bool MatchesQuery(const NetworkServiceEndpoint& query, const NetworkServiceEndpoint& entry);

}  // namespace nsm
