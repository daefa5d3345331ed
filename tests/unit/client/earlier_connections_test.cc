// SPDX-License-Identifier: Apache-2.0
#include "src/client/earlier_connections.h"

#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "tests/harness/chain_end.h"
#include "tests/unit/client/fake_nsmgr.h"

namespace nsm::client {
namespace {

class EarlierConnectionsTest : public testing::Test {
 protected:
  // The NSMgr's view of a connection of `client`.
  static Connection Known(const std::string& client, const std::string& id,
                          const std::string& namespace_url) {
    Connection connection = ConnectionThrough({client, "nsmgr", "fwd"}, 1);
    connection.set_id(id + "-at-nsmgr");
    connection.mutable_path()->mutable_path_segments(0)->set_id(id);
    connection.mutable_path()->mutable_path_segments(1)->set_id(connection.id());
    (*connection.mutable_mechanism()->mutable_parameters())[mechanism::kInodeUrl] = namespace_url;
    return connection;
  }
  std::vector<std::string> Closed() {
    std::vector<std::string> ids;
    while (!nsmgr_.closes.empty()) ids.push_back(nsmgr_.closes.Pop()->path().path_segments(0).id());
    return ids;
  }

  FakeNsmgr nsmgr_;
  SystemClock clock_;
  InsecureIdentity tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(200)};
  GivenPrefixes given_;
  CallGroup calls_;
  EarlierConnections earlier_{{.name = "nsc",
                               .nsmgr = nsmgr_.url(),
                               .netns_inode_url = "inode://4/10",
                               .wanted = {"wanted"},
                               .timeout = absl::Seconds(10)},
                              channels_,
                              clock_,
                              given_};
};

TEST_F(EarlierConnectionsTest, WhatIsWantedIsTakenUpOnceInTheClientsView) {
  Connection known = Known("nsc", "wanted", "inode://4/10");
  known.mutable_context()->mutable_ip_context()->add_src_ip_addrs("10.0.0.1/32");
  nsmgr_.monitor.Update(known);
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("new", calls_).status()));
  EXPECT_EQ(given_.ExcludedFor("new").size(), 1u) << "a new one does not get what it has";
  auto taken = earlier_.Take("wanted", calls_);
  ASSERT_TRUE(taken.ok()) << taken.status();
  EXPECT_EQ(taken->id(), "wanted");
  EXPECT_EQ(taken->path().index(), 0u);
  EXPECT_EQ(taken->path().path_segments_size(), 3);
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("wanted", calls_).status()));
  EXPECT_EQ(Closed(), std::vector<std::string>{});
}

TEST_F(EarlierConnectionsTest, WhatIsWantedNoMoreIsClosedBeforeAnythingIsAsked) {
  nsmgr_.monitor.Update(Known("nsc", "old", "inode://4/10"));
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("wanted", calls_).status()));
  EXPECT_EQ(Closed(), std::vector<std::string>{"old"});
}

TEST_F(EarlierConnectionsTest, OthersAreLeftAlone) {
  nsmgr_.monitor.Update(Known("nsc", "of another pod", "inode://4/11"));
  nsmgr_.monitor.Update(Known("other", "of another client", "inode://4/10"));
  nsmgr_.monitor.Update(ConnectionThrough({"far", "nsc", "nsmgr"}, 2));
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("of another pod", calls_).status()));
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("wanted", calls_).status()));
  EXPECT_EQ(Closed(), std::vector<std::string>{});
}

TEST_F(EarlierConnectionsTest, WithoutAnAnswerNothingIsKnownAndItIsAskedAgain) {
  nsmgr_.monitor.Update(Known("nsc", "wanted", "inode://4/10"));
  nsmgr_.Stop();
  EXPECT_TRUE(absl::IsUnavailable(earlier_.Take("wanted", calls_).status()));
  nsmgr_.Start();
  auto taken = earlier_.Take("wanted", calls_);
  EXPECT_TRUE(taken.ok()) << taken.status();
}

TEST_F(EarlierConnectionsTest, WhoEndsCallsEndsTheLook) {
  CallGroup stopped;
  stopped.Stop();
  EXPECT_TRUE(absl::IsCancelled(earlier_.Take("wanted", stopped).status()));
  EXPECT_TRUE(absl::IsNotFound(earlier_.Take("wanted", calls_).status())) << "others look";
}

}  // namespace
}  // namespace nsm::client
