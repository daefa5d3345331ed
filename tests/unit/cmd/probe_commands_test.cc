// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/probe_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

using testing::HasSubstr;

class ProbeCommandsTest : public testing::Test {
 protected:
  ~ProbeCommandsTest() override { introspection_.Shutdown(); }
  // The address of a program that waits for these.
  std::string ProgramThatWaitsFor(nlohmann::json texts) {
    introspection_.Add(kWaitsFor, [texts = std::move(texts)] { return texts; });
    server_ = Server::Start({folder_.Socket("us.sock")}, grpc::InsecureServerCredentials(), {&introspection_})
                  .value();
    return folder_.Socket("us.sock").ToString();
  }

  const TempFolder folder_;
  const SystemClock clock_;
  InsecureIdentity own_{"nsmctl", absl::Minutes(1), clock_};
  Introspection introspection_{"us"};
  std::unique_ptr<Server> server_;
};

TEST_F(ProbeCommandsTest, WhoWaitsForNothingIsReady) {
  const std::string address = ProgramThatWaitsFor(nlohmann::json::array());
  EXPECT_TRUE(CheckReady(own_, address, absl::ZeroDuration()).ok());
  EXPECT_TRUE(CheckAlive(own_, address).ok());
}

TEST_F(ProbeCommandsTest, WhoWaitsForSomethingSaysWhatAndIsAlive) {
  const std::string address = ProgramThatWaitsFor({"an NSMgr", "a forwarder"});
  EXPECT_EQ(CheckReady(own_, address, absl::ZeroDuration()).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(CheckReady(own_, address, absl::ZeroDuration()).message()),
              HasSubstr("waits for an NSMgr and a forwarder"));
  EXPECT_TRUE(CheckAlive(own_, address).ok());
}

TEST_F(ProbeCommandsTest, WhoIsNotThereIsNeither) {
  const std::string address = folder_.Socket("nobody.sock").ToString();
  EXPECT_FALSE(CheckReady(own_, address, absl::ZeroDuration()).ok());
  EXPECT_FALSE(CheckAlive(own_, address).ok());
}

TEST_F(ProbeCommandsTest, WhoIsNotReadyIsAskedAgainForSoLong) {
  std::atomic<int> asked = 0;
  introspection_.Add(
      kWaitsFor, [&asked] { return ++asked < 3 ? nlohmann::json({"an NSMgr"}) : nlohmann::json::array(); });
  const Url url = folder_.Socket("us.sock");
  server_ = Server::Start({url}, grpc::InsecureServerCredentials(), {&introspection_}).value();
  EXPECT_EQ(CheckReady(own_, url.ToString(), absl::Minutes(1)), absl::OkStatus());
  EXPECT_EQ(asked, 3);
}

TEST_F(ProbeCommandsTest, InTheEndTheLastAnswerCounts) {
  const std::string address = ProgramThatWaitsFor({"an NSMgr"});
  const absl::Status status = CheckReady(own_, address, absl::Milliseconds(200));
  EXPECT_EQ(status, absl::UnavailableError("waits for an NSMgr"));
}

TEST_F(ProbeCommandsTest, WhatIsNoAddressIsNotWaitedFor) {
  EXPECT_TRUE(absl::IsInvalidArgument(CheckReady(own_, "nowhere", absl::InfiniteDuration())));
}

TEST(WaitsForServices, NamesWhatIsNotConnectedAndWhy) {
  const nlohmann::json connected = {{"service", "icmp"}, {"interface", "nsm0"}, {"connected", true}};
  const nlohmann::json refused = {{"service", "web@east"},
                                  {"interface", "nsm1"},
                                  {"connected", false},
                                  {"failed", "NOT_FOUND: no endpoint"}};
  const nlohmann::json asked = {{"service", "dns"}, {"interface", "nsm2"}, {"connected", false}};
  EXPECT_EQ(WaitsForServices({connected, connected}, 2), nlohmann::json::array());
  EXPECT_EQ(WaitsForServices({connected, refused, asked}, 3),
            nlohmann::json(
                {"web@east at nsm1 (NOT_FOUND: no endpoint)", "dns at nsm2 (asked for, no answer yet)"}));
  EXPECT_EQ(WaitsForServices({connected}, 2), nlohmann::json({"its own beginning"}));
}

}  // namespace
}  // namespace nsm::cmd
