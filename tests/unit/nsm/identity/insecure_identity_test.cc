// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/insecure_identity.h"

#include <gtest/gtest.h>

#include "src/nsm/wire/token_claims.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

TEST(InsecureIdentity, NamesTheProgram) {
  FakeClock clock;
  InsecureIdentity tokens("nsmgr \"west\"", absl::Minutes(10), clock);
  EXPECT_EQ(TokenSubject(tokens.Make().text), "insecure:nsmgr \"west\"");
}

TEST(InsecureIdentity, ExpiresInWholeSecondsAndNeverTooEarly) {
  FakeClock clock;
  InsecureIdentity tokens("nsc", absl::Seconds(1), clock);
  EXPECT_EQ(tokens.Make().expires, clock.Now() + absl::Seconds(1));
  clock.Advance(absl::Milliseconds(1));
  EXPECT_EQ(tokens.Make().expires, clock.Now() + absl::Milliseconds(1999));
}

TEST(InsecureIdentity, SaysWhenItWasMade) {
  FakeClock clock;
  InsecureIdentity tokens("nsc", absl::Minutes(10), clock);
  EXPECT_EQ(TokenIssued(tokens.Make().text), clock.Now());
}

}  // namespace
}  // namespace nsm
