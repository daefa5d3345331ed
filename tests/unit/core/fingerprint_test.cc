// SPDX-License-Identifier: Apache-2.0
#include "src/core/fingerprint.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

// Values of draft-eastlake-fnv, appendix C.
TEST(FingerprintTest, IsTheOneOfTheDraft) {
  EXPECT_EQ(Fingerprint(""), "6c62272e07bb014262b821756295c58d");
  EXPECT_EQ(Fingerprint("a"), "d228cb696f1a8caf78912b704e4a8964");
  EXPECT_EQ(Fingerprint("foobar"), "343e1662793c64bf6f0d3597ba446f18");
}

TEST(FingerprintTest, StandsForWhatIsTooLong) {
  EXPECT_EQ(Shortened(std::string(40, 'x'), 40), std::string(40, 'x'));
  EXPECT_EQ(Shortened(std::string(41, 'x'), 40), Fingerprint(std::string(41, 'x')));
}

}  // namespace
}  // namespace nsm
