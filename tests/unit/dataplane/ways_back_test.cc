// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/ways_back.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/dataplane/record.h"
#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;

constexpr Ifindex kFirst{kFirstIndex};
constexpr Ifindex kSecond{kFirstIndex + 1};
const Way kWay{.pod = {7}, .prefix = Prefix("10.0.0.2/32")};
const Way kElsewhere{.pod = {8}, .prefix = Prefix("10.0.0.2/32")};

Attachment Leading(const std::vector<Route>& routes) {
  Attachment attachment;
  attachment.routes = routes;
  return attachment;
}
Route OnLink(const std::string& prefix) { return {Prefix(prefix), std::nullopt}; }

TEST(WaysBack, AreWhereAConnectionLeadsButForDefaultRoutes) {
  EXPECT_THAT(WaysBack(Leading({OnLink("10.0.0.2/32"), OnLink("10.1.2.3/16"), OnLink("10.1.0.0/16"),
                                OnLink("0.0.0.0/1"), OnLink("::/0"), OnLink("fd00::2/128")})),
              ElementsAre(Prefix("10.0.0.2/32"), Prefix("10.1.0.0/16"), Prefix("fd00::2/128")));
}

TEST(WaysBack, WhoLeadsBeyondAPeerNeedsTheGuard) {
  EXPECT_FALSE(NeedsArrivalGuard(Leading({})));
  EXPECT_FALSE(NeedsArrivalGuard(Leading({OnLink("10.0.0.2/32"), OnLink("fd00::2/128")})));
  EXPECT_TRUE(NeedsArrivalGuard(Leading({OnLink("10.0.0.2/32"), OnLink("10.1.0.0/16")})));
  EXPECT_TRUE(NeedsArrivalGuard(Leading({OnLink("0.0.0.0/0")})));
  EXPECT_TRUE(NeedsArrivalGuard(Leading({{Prefix("10.0.0.2/32"), Ip("10.0.0.1")}})));
}

TEST(WayTable, TheFirstHasAWayUntilItLetsGo) {
  WayTable table;
  EXPECT_EQ(table.Add(kFirst, kWay), (WayTable::Change{kWay, kFirst}));
  EXPECT_EQ(table.Add(kSecond, kWay), std::nullopt);
  EXPECT_EQ(table.Add(kSecond, kElsewhere), (WayTable::Change{kElsewhere, kSecond})) << "of another pod";
  EXPECT_EQ(table.Remove(kFirst, kWay), (WayTable::Change{kWay, kSecond}));
  EXPECT_EQ(table.Remove(kSecond, kWay), (WayTable::Change{kWay, std::nullopt}));
  EXPECT_EQ(table.Remove(kSecond, kWay), std::nullopt);
  EXPECT_THAT(table.Indexes(), ElementsAre(kSecond));
}

TEST(WayTable, ALaterOneLetsGoWithoutAChange) {
  WayTable table;
  (void)table.Add(kFirst, kWay);
  (void)table.Add(kSecond, kWay);
  EXPECT_THAT(table.WaysOf(kSecond), ElementsAre(kWay));
  EXPECT_EQ(table.Remove(kSecond, kWay), std::nullopt);
  EXPECT_THAT(table.WaysOf(kSecond), ElementsAre());
  EXPECT_EQ(table.Add(kFirst, kWay), std::nullopt) << "it has it";
  EXPECT_EQ(table.Remove(kFirst, kWay), (WayTable::Change{kWay, std::nullopt}));
}

}  // namespace
}  // namespace nsm::dataplane
