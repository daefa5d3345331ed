// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/hop/hop.h"
#include "tests/harness/test_hop.h"

#include <gtest/gtest.h>

#include <future>

namespace nsm {
namespace {

TEST(Hop, WhatTheNextHopHasClosedEndsUnlessItWasOnlyLost) {
  TestHop hop("us", absl::Minutes(10), absl::Seconds(1));
  hop.keeps_closed = absl::ZeroDuration();
  std::promise<std::string> closed;
  for (const std::string id : {"lost", "closed"}) {
    hop.lives.Set(id, absl::Minutes(10), "old age", [&hop, &closed, id] {
      hop.lives.Forget(id);
      closed.set_value(id);
    });
  }
  hop.OnNextHopEvent("lost", NextHopNews::kLost, nullptr);
  hop.OnNextHopEvent("closed", NextHopNews::kClosed, nullptr);
  EXPECT_EQ(closed.get_future().get(), "closed");
  EXPECT_EQ(hop.expiries.size(), 1u);
}

}  // namespace
}  // namespace nsm
