// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/exclude_prefixes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;

class ExcludePrefixesTest : public testing::Test {
 protected:
  ExcludePrefixesTest() {
    chain_.Add<ExcludePrefixes>(excluded_);
    end_ = &chain_.Add<ChainEnd>();
    excluded_.Replace({*IpPrefix::Parse("10.96.0.0/12"), *IpPrefix::Parse("2001:db8::/64")});
  }
  const Connection& Ask(const Connection& connection, bool is_local = true) {
    Context context;
    context.caller.is_local = is_local;
    EXPECT_TRUE(chain_.Request(context, RequestFor(connection)).ok());
    return end_->requests.back().connection();
  }

  PrefixList excluded_;
  Chain chain_;
  ChainEnd* end_ = nullptr;
};

TEST_F(ExcludePrefixesTest, AddsThemToTheClientsOwnOnce) {
  Connection connection;
  connection.mutable_context()->mutable_ip_context()->add_excluded_prefixes("192.0.2.0/24");
  connection.mutable_context()->mutable_ip_context()->add_excluded_prefixes("10.96.0.0/12");
  auto excluded = [](const Connection& asked) { return asked.context().ip_context().excluded_prefixes(); };
  const Connection first = Ask(connection);
  EXPECT_THAT(excluded(first), ElementsAre("192.0.2.0/24", "10.96.0.0/12", "2001:db8::/64"));
  EXPECT_THAT(excluded(Ask(first)), ElementsAre("192.0.2.0/24", "10.96.0.0/12", "2001:db8::/64"));
  excluded_.Replace({*IpPrefix::Parse("10.244.0.0/16")});
  EXPECT_THAT(excluded(Ask(connection)), ElementsAre("192.0.2.0/24", "10.96.0.0/12", "10.244.0.0/16"));
}

TEST_F(ExcludePrefixesTest, OtherNodesClientsAreTheirNsmgrsAffair) {
  EXPECT_FALSE(Ask(Connection(), /*is_local=*/false).has_context());
  EXPECT_EQ(Ask(Connection()).context().ip_context().excluded_prefixes_size(), 2);
}

}  // namespace
}  // namespace nsm::nsmgr
