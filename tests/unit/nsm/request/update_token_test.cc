// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/update_token.h"

#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class UpdateTokenTest : public testing::Test {
 protected:
  UpdateTokenTest() {
    chain_.Add<UpdateToken>(tokens_);
    end_ = &chain_.Add<ChainEnd>();
  }
  Path Request(Connection connection) {
    return chain_.Request(context_, RequestFor(std::move(connection)))->path();
  }

  FakeClock clock_;
  InsecureIdentity tokens_{"nsmgr", absl::Minutes(10), clock_};
  const absl::Time own_expiry_ = tokens_.Make().expires;
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(UpdateTokenTest, PutsTheCallersAndOursIntoThePath) {
  context_.caller.token = "theirs";
  context_.caller.token_expires = clock_.Now() + absl::Minutes(3);
  Path path = Request(ConnectionThrough({"nsc", "nsmgr", "fwd"}, 1));
  EXPECT_EQ(path.path_segments(0).token(), "theirs");
  EXPECT_EQ(FromTimestamp(path.path_segments(0).expires()), clock_.Now() + absl::Minutes(3));
  EXPECT_EQ(path.path_segments(1).token(), tokens_.Make().text);
  EXPECT_EQ(FromTimestamp(path.path_segments(1).expires()), own_expiry_);
  EXPECT_EQ(path.path_segments(2).token(), "") << "the next hop's is its own affair";
}

TEST_F(UpdateTokenTest, ACallerWithoutATokenKeepsWhatThePathHas) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
  PathSegment& caller = *connection.mutable_path()->mutable_path_segments(0);
  caller.set_token("before");
  *caller.mutable_expires() = ToTimestamp(clock_.Now() + absl::Minutes(1));
  Path path = Request(connection);
  EXPECT_EQ(path.path_segments(0).token(), "before");
  EXPECT_EQ(FromTimestamp(path.path_segments(0).expires()), clock_.Now() + absl::Minutes(1));
}

TEST_F(UpdateTokenTest, EverySegmentGetsAnExpiry) {
  Path path = Request(ConnectionThrough({"nsc", "nsmgr"}, 1));
  EXPECT_EQ(FromTimestamp(path.path_segments(0).expires()), own_expiry_);
  Path first = Request(ConnectionThrough({"nsmgr"}, 0));
  EXPECT_EQ(FromTimestamp(first.path_segments(0).expires()), own_expiry_);
}

TEST_F(UpdateTokenTest, CloseCarriesThemToo) {
  context_.caller.token = "theirs";
  ASSERT_TRUE(chain_.Close(context_, ConnectionThrough({"nsc", "nsmgr"}, 1)).ok());
  EXPECT_EQ(end_->closes.at(0).path().path_segments(0).token(), "theirs");
  EXPECT_EQ(end_->closes.at(0).path().path_segments(1).token(), tokens_.Make().text);
}

}  // namespace
}  // namespace nsm
