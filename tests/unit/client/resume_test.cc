// SPDX-License-Identifier: Apache-2.0
#include "src/client/resume.h"

#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/unit/client/fake_nsmgr.h"

namespace nsm::client {
namespace {

class FindConnectionTest : public testing::Test {
 protected:
  std::optional<Connection> Find(const std::string& id) {
    return FindConnection(channels_, channels_.Get(nsmgr_.url()), nsmgr_.url(), id,
                          absl::Now() + absl::Seconds(10));
  }

  FakeNsmgr nsmgr_;
  SystemClock clock_;
  InsecureTokenSource tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(200)};
};

TEST_F(FindConnectionTest, FindsWhatBeginsWithItsId) {
  nsmgr_.monitor.Update(ConnectionThrough({"other", "nsmgr"}, 1));
  EXPECT_FALSE(Find("nsc-id").has_value());
  Connection known = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 1);
  known.set_id("ours");
  nsmgr_.monitor.Update(known);
  auto found = Find("nsc-id");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id(), "ours");
}

TEST_F(FindConnectionTest, OthersThatPassByAreNotIts) {
  nsmgr_.monitor.Update(ConnectionThrough({"nsc", "far", "nsmgr"}, 2));
  EXPECT_FALSE(Find("nsc-id").has_value());
  nsmgr_.monitor.Delete("nsmgr-id");
  nsmgr_.monitor.Update(ConnectionThrough({"other", "nsc"}, 1));
  EXPECT_FALSE(Find("nsc-id").has_value());
}

TEST_F(FindConnectionTest, NobodyThereIsNone) {
  nsmgr_.monitor.Update(ConnectionThrough({"nsc", "nsmgr"}, 1));
  nsmgr_.Stop();
  EXPECT_FALSE(Find("nsc-id").has_value());
}

}  // namespace
}  // namespace nsm::client
