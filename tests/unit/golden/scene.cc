// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/golden/scene.h"

namespace nsm::golden {
namespace {

AddressMap::Entries Map(const std::map<std::string, std::string>& addresses) {
  AddressMap::Entries entries;
  for (const auto& [internal, external] : addresses) {
    entries.emplace(IpAddress::Parse(internal).value(), IpAddress::Parse(external).value());
  }
  return entries;
}

std::vector<Scene> MakeScenes() {
  const AddressMap::Entries west = Map({{"10.0.0.1", "198.51.100.11"}});
  const AddressMap::Entries east = Map({{"10.2.0.1", "203.0.113.11"}, {"10.2.0.2", "203.0.113.12"}});
  return {
      {.part = "registry_client", .program = "registry", .role = Role::kRegistry},

      {.part = "local", .program = "registry", .role = Role::kRegistry},
      {.part = "local",
       .program = "nsmgr",
       .role = Role::kNsmgr,
       .url = "tcp://10.0.0.1:5001",
       .registry = "registry",
       .urls = {{"inode://65024/9000001", "forwarder"}, {"inode://65024/9000002", "nse"}}},
      {.part = "local",
       .program = "forwarder",
       .role = Role::kForwarder,
       .address = "10.0.0.1",
       .registry = "nsmgr",
       .urls = {{"inode://65024/9000002", "nse"}}},

      {.part = "remote", .program = "registry", .role = Role::kRegistry},
      {.part = "remote",
       .program = "nsmgr1",
       .role = Role::kNsmgr,
       .url = "tcp://10.0.0.1:5001",
       .registry = "registry",
       .urls = {{"inode://65024/9000001", "forwarder1"}}},
      {.part = "remote",
       .program = "nsmgr2",
       .role = Role::kNsmgr,
       .url = "tcp://10.0.0.2:5001",
       .registry = "registry",
       .urls = {{"inode://65024/9000002", "forwarder2"},
                {"inode://65024/9000003", "nse"},
                {"inode://65024/9000006", "nse-b"}},
       .remote_callers = {"forwarder1"}},
      {.part = "remote",
       .program = "forwarder1",
       .role = Role::kForwarder,
       .address = "10.0.0.1",
       .registry = "nsmgr1",
       .urls = {{"tcp://10.0.0.2:5001", "nsmgr2"}}},
      {.part = "remote",
       .program = "forwarder2",
       .role = Role::kForwarder,
       .address = "10.0.0.2",
       .registry = "nsmgr2",
       .urls = {{"inode://65024/9000003", "nse"}, {"inode://65024/9000006", "nse-b"}}},

      {.part = "interdomain",
       .program = "registry-west",
       .role = Role::kRegistry,
       .domain = "west.test",
       .registry = "nsmgrproxy-west"},
      {.part = "interdomain", .program = "registry-east", .role = Role::kRegistry, .domain = "east.test"},
      {.part = "interdomain",
       .program = "nsmgr-west",
       .role = Role::kNsmgr,
       .domain = "west.test",
       .url = "tcp://10.0.0.1:5001",
       .registry = "registry-west",
       .urls = {{"inode://65024/9000001", "forwarder-west"}, {"inode://65024/9000006", "float"}},
       .addresses = west},
      {.part = "interdomain",
       .program = "nsmgr-east",
       .role = Role::kNsmgr,
       .domain = "east.test",
       .url = "tcp://10.2.0.2:5001",
       .registry = "registry-east",
       .urls = {{"inode://65024/9000002", "forwarder-east"}, {"inode://65024/9000003", "nse"}},
       .remote_callers = {"nsmgrproxy-east"},
       .addresses = east},
      {.part = "interdomain",
       .program = "forwarder-west",
       .role = Role::kForwarder,
       .address = "10.0.0.1",
       .registry = "nsmgr-west",
       .urls = {{"tcp://10.0.0.1:5004", "nsmgrproxy-west"}}},
      {.part = "interdomain",
       .program = "forwarder-east",
       .role = Role::kForwarder,
       .address = "10.2.0.2",
       .registry = "nsmgr-east",
       .urls = {{"inode://65024/9000003", "nse"}}},
      {.part = "interdomain",
       .program = "nsmgrproxy-west",
       .role = Role::kProxy,
       .domain = "west.test",
       .url = "tcp://10.0.0.1:5004",
       .registry = "registry-west",
       .also = "regproxy-west",
       .remote_callers = {"forwarder-west", "registry-west"},
       .addresses = west,
       .proxies = {{"east.test", "nsmgrproxy-east"}},
       .registries = {{"east.test", "registry-east"}}},
      {.part = "interdomain",
       .program = "nsmgrproxy-east",
       .role = Role::kProxy,
       .domain = "east.test",
       .url = "tcp://10.2.0.1:5004",
       .registry = "registry-east",
       .urls = {{"tcp://10.2.0.2:5001", "nsmgr-east"}},
       .remote_callers = {"nsmgrproxy-west"},
       .addresses = east},

      {.part = "errors",
       .program = "nsmgr",
       .role = Role::kNsmgr,
       .url = "tcp://10.0.0.1:5001",
       .registry = "registry",
       .urls = {{"inode://65024/9000002", "nse"}, {"inode://65024/9000003", "forwarder"}}},
      {.part = "errors",
       .program = "forwarder",
       .role = Role::kForwarder,
       .address = "10.0.0.1",
       .registry = "nsmgr"},
      {.part = "errors", .program = "registry", .role = Role::kRegistry},
  };
}

}  // namespace

const std::vector<Scene>& AllScenes() {
  static const std::vector<Scene> scenes = MakeScenes();
  return scenes;
}

}  // namespace nsm::golden
