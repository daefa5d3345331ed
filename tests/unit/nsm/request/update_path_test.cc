// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/update_path.h"

#include <gtest/gtest.h>

#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"

namespace nsm {
namespace {

class UpdatePathTest : public testing::Test {
 protected:
  UpdatePathTest() {
    chain_.Add<UpdatePath>("nsmgr");
    end_ = &chain_.Add<ChainEnd>();
  }

  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(UpdatePathTest, EachSideSeesTheConnectionAsItsOwn) {
  auto answer = chain_.Request(context_, RequestFor(ConnectionThrough({"nsc"}, 0)));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const Connection& below = end_->requests.at(0).connection();
  EXPECT_EQ(below.path().index(), 1u);
  EXPECT_EQ(below.id(), below.path().path_segments(1).id());
  EXPECT_EQ(answer->path().index(), 0u);
  EXPECT_EQ(answer->id(), "nsc-id");
  EXPECT_EQ(PathToString(answer->path()), "nsc > nsmgr") << "so that the caller sends our id next time";
}

TEST_F(UpdatePathTest, CloseGoesDownUnderTheSameId) {
  ASSERT_TRUE(chain_.Close(context_, ConnectionThrough({"nsc", "nsmgr", "fwd"}, 0)).ok());
  EXPECT_EQ(end_->closes.at(0).id(), "nsmgr-id");
}

TEST_F(UpdatePathTest, APathThatIsNoneGoesNoFurther) {
  Connection wrong = ConnectionThrough({"nsc"}, 0);
  wrong.set_id("other");
  EXPECT_TRUE(absl::IsInvalidArgument(chain_.Request(context_, RequestFor(wrong)).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(chain_.Close(context_, wrong)));
  EXPECT_TRUE(end_->contexts.empty());
}

}  // namespace
}  // namespace nsm
