// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace nsm::kubernetes {
namespace {

constexpr Backoff::Options kOptions{.first = absl::Seconds(1), .longest = absl::Seconds(4)};

TEST(BackoffTest, DoublesUpToItsLongest) {
  Backoff backoff(kOptions, 1);
  for (int whole : {1, 2, 4, 4, 4}) {
    const absl::Duration time = backoff.Next();
    EXPECT_GE(time, absl::Seconds(whole) / 2);
    EXPECT_LE(time, absl::Seconds(whole));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Seconds(1));
}

TEST(BackoffTest, IsNotTheSameForAll) {
  std::set<absl::Duration> times;
  for (uint64_t seed = 0; seed < 20; ++seed) times.insert(Backoff(kOptions, seed).Next());
  EXPECT_GT(times.size(), 10u);
}

}  // namespace
}  // namespace nsm::kubernetes
