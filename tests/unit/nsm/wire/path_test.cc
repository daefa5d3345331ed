// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/wire/limits.h"
#include "tests/harness/chain_end.h"

namespace nsm {
namespace {

using testing::HasSubstr;

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

TEST(EnterHop, AnotherNameGetsAnotherIdAndKeepsTheHopsBehind) {
  const Connection before = ConnectionThrough({"nsc", "nsmgr", "fwd", "nsmgr-2", "nse"}, 1);
  Connection connection = before;
  ASSERT_TRUE(EnterHop("fwd-2", connection).ok());
  EXPECT_EQ(PathToString(connection.path()), "nsc > nsmgr > fwd-2 > nsmgr-2 > nse");
  EXPECT_EQ(connection.path().index(), 2u);
  EXPECT_EQ(connection.id(), connection.path().path_segments(2).id());
  EXPECT_NE(connection.id(), "fwd-id");
  for (int i : {0, 1, 3, 4}) {
    EXPECT_EQ(connection.path().path_segments(i).id(), before.path().path_segments(i).id()) << i;
  }
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
  EXPECT_THAT(refusal(Connection(), "nsmgr"), HasSubstr("connection.path is missing"));
  for (int i : {0, 1, 2}) {
    Connection unnamed = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 0), no_id = unnamed;
    unnamed.mutable_path()->mutable_path_segments(i)->clear_name();
    no_id.mutable_path()->mutable_path_segments(i)->clear_id();
    const std::string field = "path_segments[" + std::to_string(i) + "] has no name or no id";
    EXPECT_THAT(refusal(unnamed, "nsmgr"), HasSubstr(field));
    EXPECT_THAT(refusal(no_id, "nsmgr"), HasSubstr(field));
  }
  Connection full =
      ConnectionThrough(std::vector<std::string>(limits::kSegments, "hop"), limits::kSegments - 1);
  EXPECT_THAT(refusal(full, "nsmgr"), HasSubstr("has 64 entries, so no room for \"nsmgr\""));
  Connection other_id = ConnectionThrough({"nsc"}, 0);
  other_id.set_id("other");
  EXPECT_THAT(refusal(other_id, "nsmgr"), HasSubstr("\"other\" differs"));
  EXPECT_THAT(refusal(ConnectionThrough({"nsmgr"}, 0), "nsmgr"), HasSubstr("same name"));
}

TEST(IsSameWay, ComparesNamesAndIdsUpToTheIndex) {
  const Path path = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 1).path();
  Path other = path;
  other.mutable_path_segments(2)->set_id("other");
  other.mutable_path_segments(1)->set_token("renewed");
  EXPECT_TRUE(IsSameWay(path, other, 1));
  EXPECT_FALSE(IsSameWay(path, other, 2));
  EXPECT_FALSE(IsSameWay(path, path, 3)) << "that segment is in neither";
  EXPECT_FALSE(IsSameWay(path, path, 0xffffffff));
  other.mutable_path_segments(0)->set_name("other");
  EXPECT_FALSE(IsSameWay(path, other, 1));
}

TEST(LeaveHop, GivesTheCallerItsViewBack) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 1);
  LeaveHop(0, connection);
  EXPECT_EQ(connection.path().index(), 0u);
  EXPECT_EQ(connection.id(), "nsc-id");
  EXPECT_EQ(connection.path().path_segments_size(), 3);
}

TEST(NoteInterface, IsOfTheCurrentSegment) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
  Mechanism mechanism;
  mechanism.set_type("KERNEL");
  (*mechanism.mutable_parameters())["name"] = "nsm-1";
  NoteInterface(metric::kServerInterface, mechanism, connection);
  EXPECT_EQ(connection.path().path_segments(1).metrics().at("server_interface"), "KERNEL/nsm-1");
  EXPECT_TRUE(connection.path().path_segments(0).metrics().empty());
  connection.mutable_path()->set_index(2);
  NoteInterface(metric::kServerInterface, mechanism, connection);
  EXPECT_EQ(connection.path().path_segments_size(), 2) << "a peer's answer may have no segment of ours";
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
