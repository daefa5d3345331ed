// SPDX-License-Identifier: Apache-2.0
// For tests of the elements that translate a tunnel's addresses between domains.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "src/nsm/config/address_map.h"
#include "src/nsm/monitor/connection_monitor.h"
#include "tests/harness/chain_end.h"

namespace nsm {

using Parameters = std::map<std::string, std::string>;

inline Parameters Of(const Mechanism& mechanism) {
  return {mechanism.parameters().begin(), mechanism.parameters().end()};
}
inline void Set(const Parameters& parameters, Mechanism& mechanism) {
  for (const auto& [key, value] : parameters) (*mechanism.mutable_parameters())[key] = value;
}

// A chain with the element, and behind it a hop that chooses the first preference and adds parameters.
template <typename Translator>
class TunnelAddressesTest : public testing::Test {
 protected:
  TunnelAddressesTest(AddressMap::Entries entries, Parameters added)
      : addresses_(std::move(entries)), added_(std::move(added)) {
    chain_.Add<Translator>(addresses_, monitor_);
    end_ = &chain_.Add<ChainEnd>();
    end_->answer = [this](Connection connection) {
      const NetworkServiceRequest& request = end_->requests.back();
      if (!connection.has_mechanism()) *connection.mutable_mechanism() = request.mechanism_preferences(0);
      Set(added_, *connection.mutable_mechanism());
      return connection;
    };
  }
  // The ids of those known with these parameters that are down when the map has become this.
  std::vector<std::string> Down(const std::map<std::string, Parameters>& known, AddressMap::Entries entries) {
    for (const auto& [id, parameters] : known) {
      Connection connection;
      connection.set_id(id);
      connection.set_state(::connection::UP);
      Set(parameters, *connection.mutable_mechanism());
      monitor_.Update(connection);
    }
    addresses_.Replace(std::move(entries));
    std::vector<std::string> down;
    for (const KnownConnection& known_now : monitor_.Connections()) {
      if (known_now.connection.state() == ::connection::DOWN) down.push_back(known_now.connection.id());
    }
    return down;
  }

  SystemClock clock_;
  ConnectionMonitor monitor_{clock_};
  AddressMap addresses_;
  Parameters added_;
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

}  // namespace nsm
