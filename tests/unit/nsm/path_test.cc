// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm {
namespace {

using testing::HasSubstr;

TEST(EnterHop, TheFirstHopStartsThePath) {
  Connection named;
  named.set_id("mine");
  ASSERT_TRUE(EnterHop("nsc", named).ok());
  EXPECT_EQ(PathToString(named.path()), "nsc");
  EXPECT_EQ(named.path().path_segments(0).id(), "mine");
  Connection unnamed;
  ASSERT_TRUE(EnterHop("nsc", unnamed).ok());
  EXPECT_FALSE(unnamed.id().empty());
  EXPECT_EQ(unnamed.path().path_segments(0).id(), unnamed.id());
}

TEST(EnterHop, ANewHopGetsAnIdOfItsOwn) {
  Connection connection = ConnectionThrough({"nsc"}, 0);
  ASSERT_TRUE(EnterHop("nsmgr", connection).ok());
  EXPECT_EQ(PathToString(connection.path()), "nsc > nsmgr");
  EXPECT_EQ(connection.path().index(), 1u);
  EXPECT_EQ(connection.id(), connection.path().path_segments(1).id());
  EXPECT_NE(connection.id(), "nsc-id");
  EXPECT_FALSE(connection.id().empty());
}

TEST(EnterHop, AHopThatWasThereKeepsItsIdAndWhatIsBehindIt) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 0);
  ASSERT_TRUE(EnterHop("nsmgr", connection).ok());
  EXPECT_EQ(connection.id(), "nsmgr-id");
  EXPECT_EQ(PathToString(connection.path()), "nsc > nsmgr > fwd");
}

TEST(EnterHop, AnotherHopThanBeforeCutsOffTheOldWay) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr", "fwd", "nse"}, 1);
  connection.mutable_path()->mutable_path_segments(2)->set_token("old");
  ASSERT_TRUE(EnterHop("other", connection).ok());
  EXPECT_EQ(PathToString(connection.path()), "nsc > nsmgr > other");
  EXPECT_NE(connection.id(), "fwd-id");
  EXPECT_EQ(connection.path().path_segments(2).token(), "");
}

TEST(EnterHop, RefusesPathsThatContradictThemselves) {
  auto refusal = [](Connection connection, const char* name) {
    absl::Status status = EnterHop(name, connection);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    return std::string(status.message());
  };
  Connection behind = ConnectionThrough({"nsc"}, 0);
  for (uint32_t index : {1u, 0xffffffffu}) {
    behind.mutable_path()->set_index(index);
    EXPECT_THAT(refusal(behind, "nsmgr"), HasSubstr("behind the path's 1 segments"));
  }
  Connection empty;
  empty.mutable_path()->set_index(3);
  EXPECT_THAT(refusal(empty, "nsmgr"), HasSubstr("behind an empty path"));
  Connection other_id = ConnectionThrough({"nsc"}, 0);
  other_id.set_id("other");
  EXPECT_THAT(refusal(other_id, "nsmgr"), HasSubstr("\"other\" differs"));
  EXPECT_THAT(refusal(ConnectionThrough({"nsmgr"}, 0), "nsmgr"), HasSubstr("same name"));
}

TEST(LeaveHop, GivesTheCallerItsViewBack) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 1);
  LeaveHop(0, connection);
  EXPECT_EQ(connection.path().index(), 0u);
  EXPECT_EQ(connection.id(), "nsc-id");
  EXPECT_EQ(connection.path().path_segments_size(), 3);
}

TEST(Segments, AreNullBeyondTheEnds) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 0);
  EXPECT_EQ(PreviousSegment(connection), nullptr);
  EXPECT_EQ(CurrentSegment(connection)->name(), "nsc");
  EXPECT_EQ(NextSegment(connection)->name(), "nsmgr");
  connection.mutable_path()->set_index(1);
  EXPECT_EQ(PreviousSegment(connection)->name(), "nsc");
  EXPECT_EQ(NextSegment(connection), nullptr);
}

}  // namespace
}  // namespace nsm
