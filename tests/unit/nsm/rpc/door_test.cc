// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/door.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

TEST(Doors, AreForThisNodeOnSocketsAndForOthersOnTcp) {
  const std::vector<Door> doors = Doors({Url::Unix("/a"), Url::Tcp({"", 5001})},
                                        {Behind::kConnections, Behind::kRegistry}, {Url::Unix("/b")});
  ASSERT_EQ(doors.size(), 3u);
  EXPECT_EQ(doors[0].entrants, Entrants::kNode);
  EXPECT_THAT(doors[0].services,
              UnorderedElementsAre(Behind::kConnections, Behind::kRegistry, Behind::kIntrospection));
  EXPECT_EQ(doors[1].entrants, Entrants::kOthers);
  EXPECT_THAT(doors[1].services, UnorderedElementsAre(Behind::kConnections, Behind::kRegistry));
  EXPECT_EQ(doors[2].entrants, Entrants::kOperator);
  EXPECT_THAT(doors[2].services, UnorderedElementsAre(Behind::kRegistry, Behind::kIntrospection));
  for (const Door& door : doors) EXPECT_TRUE(Check(door).ok());
  EXPECT_THAT(Doors({}, {Behind::kConnections}, {Url::Unix("/b")}).at(0).services,
              UnorderedElementsAre(Behind::kIntrospection));
}

TEST(Doors, OfTheLoopbackDeviceAreForOthersUnlessTheyAreTheOperators) {
  const Url loopback = Url::Tcp({"127.0.0.1", 5000});
  EXPECT_EQ(Doors({loopback}, {}).at(0).entrants, Entrants::kOthers)
      << "pods of the host's network are there";
  EXPECT_EQ(Doors({}, {}, {loopback}).at(0).entrants, Entrants::kOperator);
}

TEST(CheckDoor, AnOperatorsIsUnixOrLoopback) {
  for (const std::string host : {"127.0.0.1", "127.1.2.3", "::1", "localhost"}) {
    EXPECT_TRUE(Check(Doors({}, {}, {Url::Tcp({host, 5000})}).at(0)).ok()) << host;
  }
  for (const std::string host : {"", "0.0.0.0", "::", "192.0.2.1", "loopback.test"}) {
    const absl::Status refused = Check(Doors({}, {}, {Url::Tcp({host, 5000})}).at(0));
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << host;
    EXPECT_THAT(refused.message(), HasSubstr(Url::Tcp({host, 5000}).ToString()));
  }
}

TEST(CheckDoor, RefusesWhatIsNotWhatItSays) {
  EXPECT_FALSE(Check({.url = Url::Tcp({"127.0.0.1", 1}), .entrants = Entrants::kNode}).ok());
  EXPECT_FALSE(Check({.url = Url::Unix("/a"), .services = {Behind::kIntrospection}}).ok());
}

TEST(CheckDoor, APodsHasThePodAndNoIntrospection) {
  const auto pod = std::make_shared<const Pod>(Pod{"client", "ns", "uid", "default"});
  const Door door = {
      .url = Url::Unix("/a"), .services = {Behind::kRegistry}, .entrants = Entrants::kPod, .pod = pod};
  EXPECT_TRUE(Check(door).ok()) << Check(door);
  Door wrong = door;
  wrong.url = Url::Tcp({"127.0.0.1", 1});
  EXPECT_FALSE(Check(wrong).ok());
  wrong = door;
  wrong.pod = nullptr;
  EXPECT_FALSE(Check(wrong).ok());
  wrong.pod = std::make_shared<const Pod>();
  EXPECT_FALSE(Check(wrong).ok()) << "without a uid it is nobody's";
  wrong = door;
  wrong.services.insert(Behind::kIntrospection);
  EXPECT_FALSE(Check(wrong).ok());
  EXPECT_FALSE(Check({.url = Url::Unix("/a"), .entrants = Entrants::kNode, .pod = pod}).ok());
}

}  // namespace
}  // namespace nsm
