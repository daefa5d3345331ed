// SPDX-License-Identifier: Apache-2.0
// A connection's id says what it was asked for. A client that is started again and wants the same makes the
// same id, by which it finds its connection; one that wants anything else makes another.
#pragma once

#include <map>
#include <string>

#include "src/client/service_url.h"
#include "src/client/session.h"

namespace nsm::client {

// The client's name and the interface, for people, and a fingerprint of all that makes it the same: those,
// the service, the labels, the routes, whether it is the default route, and the namespace by its inode and
// its cookie. Never longer than ids may be.
std::string ConnectionId(const ServiceUrl& service, const SessionConfig& config);

}  // namespace nsm::client
