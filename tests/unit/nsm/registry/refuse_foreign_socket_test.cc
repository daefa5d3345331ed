// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/refuse_foreign_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

TEST(RefuseForeignSocket, OnlyOfThoseWhoComeOverTcp) {
  RegistryChain<EndpointKind> chain;
  chain.Add<RefuseForeignSocket>();
  auto& end = chain.Add<FakeRegistry<EndpointKind>>();
  Context elsewhere, node, us, administrator;
  elsewhere.is_called = node.is_called = administrator.is_called = true;
  node.caller.is_local = true;
  administrator.caller.is_operator = true;
  const NetworkServiceEndpoint socket = Endpoint("nse", {"ns"}, "unix:///run/nse.sock");
  absl::Status refused = chain.Begin().Register(elsewhere, socket).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(refused.message(),
              testing::HasSubstr("endpoint nse: its URL unix:///run/nse.sock names a socket"));
  EXPECT_TRUE(end.registered.empty());
  for (Context* context : {&node, &us, &administrator}) {
    EXPECT_TRUE(chain.Begin().Register(*context, socket).ok());
  }
  EXPECT_TRUE(chain.Begin().Register(elsewhere, Endpoint("nse", {"ns"}, "tcp://192.0.2.1:5001")).ok());
}

}  // namespace
}  // namespace nsm
