// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/pod_connections.h"

#include <gtest/gtest.h>

#include "src/nsm/request/update_path.h"
#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class PodConnectionsTest : public testing::Test {
 protected:
  PodConnectionsTest() {
    chain_.Add<PodConnections>("us", monitor_);
    chain_.Add<UpdatePath>("us");
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::StatusOr<Connection> Request(const std::string& uid, const Connection& connection) {
    Context context = By(uid);
    return chain_.Request(context, RequestFor(connection));
  }
  absl::Status Close(const std::string& uid, const Connection& connection) {
    Context context = By(uid);
    return chain_.Close(context, connection);
  }
  static Context By(const std::string& uid) {
    Context context;
    if (!uid.empty()) context.caller.pod = std::make_shared<Pod>(Pod{"pod", "ns", uid, "default"});
    return context;
  }

  FakeClock clock_;
  ConnectionMonitor monitor_{clock_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  const Connection fresh_ = ConnectionThrough({"client"}, 0);
};

TEST_F(PodConnectionsTest, AConnectionIsItsPodsToRefreshAndClose) {
  const auto made = Request("one", fresh_);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(IsIdOfPod(end_->requests.at(0).connection().id(), "one"));
  const auto refreshed = Request("one", *made);
  ASSERT_TRUE(refreshed.ok()) << refreshed.status();
  EXPECT_EQ(end_->requests.at(1).connection().id(), end_->requests.at(0).connection().id());
  EXPECT_TRUE(Close("one", *refreshed).ok());
  EXPECT_EQ(end_->closes.size(), 1u);
}

TEST_F(PodConnectionsTest, AnotherPodsIsRefused) {
  const auto made = Request("one", fresh_);
  ASSERT_TRUE(made.ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Request("other", *made).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Close("other", *made)));
  EXPECT_EQ(end_->requests.size(), 1u);
  EXPECT_TRUE(end_->closes.empty());
}

TEST_F(PodConnectionsTest, NobodysIsRefused) {
  const Connection nodes = ConnectionThrough({"client", "us"}, 0);
  EXPECT_TRUE(absl::IsPermissionDenied(Request("one", nodes).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Close("one", nodes)));
}

TEST_F(PodConnectionsTest, ACloseOfWhatIsNotKnownHereGoesNowhere) {
  EXPECT_TRUE(Close("one", fresh_).ok());
  EXPECT_TRUE(Close("one", ConnectionThrough({"client", "another", "forwarder"}, 0)).ok());
  EXPECT_TRUE(end_->closes.empty()) << "it could be another pod's at the forwarder";
}

TEST_F(PodConnectionsTest, TheWayBehindUsIsAsWeKnowIt) {
  Connection known = ConnectionThrough({"client", "us", "forwarder", "nse"}, 1);
  known.mutable_path()->mutable_path_segments(1)->set_id(NewIdOfPod("one"));
  known.set_id(known.path().path_segments(1).id());
  Connection told = known;
  LeaveHop(0, told);
  // What only this process would know, it does not know yet.
  ASSERT_TRUE(Request("one", told).ok());
  EXPECT_EQ(PathToString(end_->requests.at(0).connection().path()), "client > us");
  ASSERT_TRUE(Close("one", told).ok());
  EXPECT_EQ(PathToString(end_->closes.at(0).path()), "client > us");

  monitor_.Update(known);
  Connection forged = told;
  forged.mutable_path()->mutable_path_segments(2)->set_id("another pod's");
  ASSERT_TRUE(Request("one", forged).ok());
  EXPECT_TRUE(IsSameWay(end_->requests.at(1).connection().path(), known.path(), 3));
  ASSERT_TRUE(Close("one", forged).ok());
  EXPECT_TRUE(IsSameWay(end_->closes.at(1).path(), known.path(), 3));
  forged.mutable_path()->mutable_path_segments()->DeleteSubrange(2, 2);
  ASSERT_TRUE(Request("one", forged).ok());
  EXPECT_EQ(PathToString(end_->requests.at(2).connection().path()), "client > us") << "it wants a new one";
}

TEST_F(PodConnectionsTest, ANewOneHasNothingBehindUs) {
  ASSERT_TRUE(Request("one", ConnectionThrough({"client", "another", "forwarder"}, 0)).ok());
  EXPECT_EQ(PathToString(end_->requests.at(0).connection().path()), "client > us");
}

TEST_F(PodConnectionsTest, CallersOfTheNodeAreLeftAlone) {
  const Connection known = ConnectionThrough({"client", "us", "forwarder"}, 0);
  ASSERT_TRUE(Request("", known).ok());
  EXPECT_EQ(end_->requests.at(0).connection().id(), "us-id");
  EXPECT_TRUE(Close("", known).ok());
  EXPECT_EQ(end_->closes.size(), 1u);
}

TEST(IdOfPod, IsTheWholeUids) {
  const std::string id = NewIdOfPod("a-1");
  EXPECT_TRUE(IsIdOfPod(id, "a-1"));
  EXPECT_FALSE(IsIdOfPod(id, "1"));
  EXPECT_FALSE(IsIdOfPod(id, ""));
  EXPECT_FALSE(IsIdOfPod(id, "b-a-1"));
  EXPECT_NE(id, NewIdOfPod("a-1"));
}

}  // namespace
}  // namespace nsm
