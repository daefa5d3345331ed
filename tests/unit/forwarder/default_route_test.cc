// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/default_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/ip.h"

namespace nsm::forwarder {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DefaultRouteTest : public testing::Test {
 protected:
  void Give(const std::string& prefix, const std::string& next_hop) {
    attachment_.routes.push_back({*IpPrefix::Parse(prefix), Ip(next_hop)});
  }
  absl::Status Use(bool is_wanted, Side side = Side::kClient) {
    Mechanism mechanism;
    if (is_wanted) (*mechanism.mutable_parameters())["default_route"] = "true";
    return UseDefaultRoutes(mechanism, side, attachment_);
  }
  std::vector<std::string> Routes() const {
    std::vector<std::string> texts;
    for (const auto& route : attachment_.routes) {
      texts.push_back(route.prefix.ToString() + " via " + route.next_hop->ToString());
    }
    return texts;
  }

  dataplane::Attachment attachment_;
};

TEST_F(DefaultRouteTest, NotAskedForItIsOneWhateverItIsMadeOf) {
  Give("0.0.0.0/1", "10.0.0.2");
  Give("10.0.0.0/8", "10.0.0.2");
  Give("128.0.0.0/1", "10.0.0.2");
  Give("2000::/3", "fd00::2");
  Give("fc00::/7", "fd00::2");
  ASSERT_EQ(Use(false), absl::OkStatus());
  EXPECT_THAT(Routes(), ElementsAre("10.0.0.0/8 via 10.0.0.2", "fc00::/7 via fd00::2",
                                    "0.0.0.0/0 via 10.0.0.2", "::/0 via fd00::2"));
}

TEST_F(DefaultRouteTest, AskedForItIsTwoHalvesOfWhatIsGiven) {
  Give("0.0.0.0/0", "10.0.0.2");
  ASSERT_EQ(Use(true), absl::OkStatus());
  EXPECT_THAT(Routes(), ElementsAre("0.0.0.0/1 via 10.0.0.2", "128.0.0.0/1 via 10.0.0.2"));
  attachment_.routes.clear();
  Give("::/0", "fd00::2");
  ASSERT_EQ(Use(true), absl::OkStatus());
  EXPECT_THAT(Routes(), ElementsAre("::/1 via fd00::2", "8000::/1 via fd00::2"));
}

TEST_F(DefaultRouteTest, AClientThatAsksForWhatIsNotGivenIsTold) {
  Give("10.0.0.0/8", "10.0.0.2");
  EXPECT_TRUE(absl::IsFailedPrecondition(Use(true)));
  EXPECT_EQ(Use(true, Side::kEndpoint), absl::OkStatus()) << "some client gives one, others need not";
  attachment_.routes.clear();
  EXPECT_EQ(Use(false), absl::OkStatus());
  EXPECT_THAT(Routes(), IsEmpty());
}

}  // namespace
}  // namespace nsm::forwarder
