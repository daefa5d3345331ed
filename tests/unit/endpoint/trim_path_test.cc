// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/trim_path.h"

#include <gtest/gtest.h>

#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"

namespace nsm::endpoint {
namespace {

TEST(TrimPath, TheLastHopEndsThePath) {
  Chain chain;
  chain.Add<TrimPath>();
  Context context;
  auto answer =
      chain.Request(context, RequestFor(ConnectionThrough({"nsc", "fwd", "nse", "old", "older"}, 2)));
  EXPECT_EQ(PathToString(answer->path()), "nsc > fwd > nse");
  answer = chain.Request(context, RequestFor(*answer));
  EXPECT_EQ(PathToString(answer->path()), "nsc > fwd > nse");
}

}  // namespace
}  // namespace nsm::endpoint
