// SPDX-License-Identifier: Apache-2.0
// The commands of nsmctl that look into a running program: they print what it says as it comes, so that long
// lists need no memory.
#pragma once

#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "src/nsm/identity/identity.h"

namespace nsm::cmd {

// Everything, as one JSON object.
absl::Status PrintDump(Identity& own, const std::string& address, std::ostream& out);
// Tables.
absl::Status PrintConnections(Identity& own, const std::string& address, std::ostream& out);
// Of a forwarder: what passes each pod's interface and which way, and what its dataplane has counted of
// dropped packets and of those that the fast path was not for.
absl::Status PrintTraffic(Identity& own, const std::string& address, std::ostream& out);
absl::Status PrintFailures(Identity& own, const std::string& address, std::ostream& out);

// Writes one object, of members that are told one after the other. A member that is told again is a list, of
// which these are further elements.
class ObjectPrinter {
 public:
  explicit ObjectPrinter(std::ostream& out) : out_(out) {}
  void Add(const std::string& member, const nlohmann::json& value);
  void End();

 private:
  void EndMember();

  std::ostream& out_;
  std::string member_;
  bool is_list_ = false;  // the member that is open
  bool has_elements_ = false;
  bool has_members_ = false;
};

}  // namespace nsm::cmd
