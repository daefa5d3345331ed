// SPDX-License-Identifier: Apache-2.0
// Our programs say what upstream's said.
#include <gtest/gtest.h>

#include <algorithm>

#include "absl/strings/str_replace.h"
#include "tests/unit/golden/replay.h"

namespace nsm::golden {
namespace {

class Upstream : public testing::TestWithParam<Scene> {};

TEST_P(Upstream, Replayed) { EXPECT_GT(Replay(GetParam()).Run(), 0); }

INSTANTIATE_TEST_SUITE_P(Golden, Upstream, testing::ValuesIn(AllScenes()),
                         [](const testing::TestParamInfo<Scene>& scene) {
                           return absl::StrReplaceAll(scene.param.name(), {{"/", "_"}, {"-", "_"}});
                         });

TEST(UpstreamDifferences, BelongToScenes) {
  for (const Difference& row : AllDifferences()) {
    EXPECT_TRUE(std::any_of(AllScenes().begin(), AllScenes().end(), [&](const Scene& scene) {
      return scene.name() == row.scene;
    })) << row.scene;
    EXPECT_FALSE(row.records.empty()) << row.scene << " " << row.place;
  }
}

}  // namespace
}  // namespace nsm::golden
