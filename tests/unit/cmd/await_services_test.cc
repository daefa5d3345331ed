// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/await_services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

using testing::HasSubstr;

const nlohmann::json kConnected = {{"service", "icmp"}, {"interface", "nsm0"}, {"connected", true}};
const nlohmann::json kRefused = {{"service", "web@east"},
                                 {"interface", "nsm1"},
                                 {"connected", false},
                                 {"failed", "NOT_FOUND: no endpoint"}};
const nlohmann::json kAsked = {{"service", "dns"}, {"interface", "nsm2"}, {"connected", false}};

TEST(AllConnected, NamesWhatIsMissingAndWhy) {
  EXPECT_EQ(AllConnected({kConnected, kConnected}), absl::OkStatus());
  EXPECT_EQ(
      AllConnected({kConnected, kRefused, kAsked}),
      absl::UnavailableError("not connected yet: web@east at nsm1: NOT_FOUND: no endpoint; dns at nsm2: "
                             "asked for, no answer yet"));
  EXPECT_TRUE(absl::IsUnavailable(AllConnected(nullptr))) << "a client that begins";
  EXPECT_TRUE(absl::IsInternal(AllConnected({1})));
}

TEST(AwaitServices, WaitsUntilAllAreConnected) {
  const TempFolder folder;
  std::atomic<int> asked = 0;
  Introspection introspection("nsc");
  introspection.Add(kWantedSection, [&asked] {
    return nlohmann::json::array({kConnected, ++asked < 3 ? kRefused : kConnected});
  });
  auto server = Server::Start({folder.Socket("nsc.sock")}, {&introspection}).value();
  EXPECT_EQ(AwaitServices(folder.Socket("nsc.sock").ToString(), absl::Minutes(1)), absl::OkStatus());
  EXPECT_EQ(asked, 3);
  introspection.Shutdown();
}

TEST(AwaitServices, SaysInTheEndWhatIsMissing) {
  const TempFolder folder;
  Introspection introspection("nsc");
  introspection.Add(kWantedSection, [] { return nlohmann::json::array({kRefused}); });
  auto server = Server::Start({folder.Socket("nsc.sock")}, {&introspection}).value();
  EXPECT_THAT(AwaitServices(folder.Socket("nsc.sock").ToString(), absl::Milliseconds(300)).message(),
              HasSubstr("web@east at nsm1: NOT_FOUND"));
  introspection.Shutdown();
}

TEST(AwaitServices, AClientThatDoesNotListenIsNamed) {
  const absl::Status status = AwaitServices("unix:///nowhere.sock", absl::Milliseconds(100));
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("unix:///nowhere.sock"));
  EXPECT_TRUE(absl::IsInvalidArgument(AwaitServices("nowhere", absl::Milliseconds(100))));
}

}  // namespace
}  // namespace nsm::cmd
