// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/public_url.h"

#include <gtest/gtest.h>

#include "src/core/ip_address.h"

namespace nsm::cmd {
namespace {

const Url kUnix = Url::Unix("/run/nsm.sock");
const Url kOther = Url::Unix("/run/other.sock");

TEST(PublicUrl, IsTheFirstThatOtherNodesReach) {
  const Url tcp = Url::Tcp({"192.0.2.1", 5001});
  EXPECT_EQ(PublicUrl({kUnix, tcp, Url::Tcp({"192.0.2.2", 5001})}).value(), tcp);
  EXPECT_EQ(PublicUrl({kUnix, kOther}).value(), kUnix);
  EXPECT_TRUE(absl::IsInvalidArgument(PublicUrl({}).status()));
}

TEST(PublicUrl, EveryAddressStandsForOneOfThisHosts) {
  for (const char* host : {"", "0.0.0.0", "::"}) {
    absl::StatusOr<Url> url = PublicUrl({kUnix, Url::Tcp({host, 5001})});
    if (absl::IsFailedPrecondition(url.status())) GTEST_SKIP() << url.status();
    ASSERT_TRUE(url.ok()) << url.status();
    auto address = IpAddress::Parse(url->address.host);
    ASSERT_TRUE(address.ok()) << url->address.host;
    EXPECT_FALSE(address->is_unspecified() || address->is_loopback()) << url->address.host;
    EXPECT_EQ(url->address.port, 5001);
  }
}

}  // namespace
}  // namespace nsm::cmd
