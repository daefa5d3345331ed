// SPDX-License-Identifier: Apache-2.0
// Which of our programs takes whose place in which recording.
#pragma once

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "src/nsm/config/address_map.h"

namespace nsm::golden {

enum class Role { kRegistry, kNsmgr, kForwarder, kProxy };

struct Scene {
  std::string part;
  std::string program;  // its name in the recording
  Role role = Role::kRegistry;
  std::string address = {};  // where it stands: of its node
  std::string domain = {};
  std::string url = {};       // which it publishes
  std::string registry = {};  // whom it asks, of the recording's programs
  std::string also = {};      // another program that it is, too: what they say to each other is not replayed
  // The others' URLs in the recording: unix sockets by descriptor, and addresses.
  std::map<std::string, std::string> urls = {};
  std::set<std::string> remote_callers = {};           // that come over TCP
  AddressMap::Entries addresses = {};                  // internal to external
  std::map<std::string, std::string> proxies = {};     // of other domains: their proxy NSMgr
  std::map<std::string, std::string> registries = {};  // and their registry

  std::string name() const { return part + "/" + program; }
  bool Is(const std::string& of_recording) const {
    return of_recording == program || (!also.empty() && of_recording == also);
  }
};

const std::vector<Scene>& AllScenes();

}  // namespace nsm::golden
