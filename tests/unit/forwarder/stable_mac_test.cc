// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/stable_mac.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace nsm::forwarder {
namespace {

MacAddress MacOf(const std::string& id, uint32_t index, Side side) {
  Path path;
  path.add_path_segments()->set_id(id);
  path.set_index(index);
  dataplane::Attachment attachment;
  UseStableMac(path, side, attachment);
  EXPECT_TRUE(attachment.keeps_first_mac);
  return attachment.mac.value_or(MacAddress{});
}

TEST(StableMac, BelongsToConnectionHopAndSide) {
  EXPECT_EQ(MacOf("one", 2, Side::kClient).ToString(), "c6:6e:74:5e:8f:82");
  std::set<MacAddress> all;
  for (int id = 0; id < 1000; ++id) {
    for (uint32_t index : {2, 3}) {
      for (Side side : {Side::kClient, Side::kEndpoint}) {
        const MacAddress mac = MacOf(std::to_string(id), index, side);
        EXPECT_EQ(mac.bytes[0] & 3, 2) << "unicast and locally administered";
        EXPECT_EQ(mac.bytes[5] & 1, side == Side::kEndpoint ? 1 : 0);
        all.insert(mac);
      }
    }
  }
  EXPECT_EQ(all.size(), 4000u);
}

}  // namespace
}  // namespace nsm::forwarder
