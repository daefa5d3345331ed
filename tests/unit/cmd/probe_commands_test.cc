// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/probe_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
    server_ = Server::Start({folder_.Socket("us.sock")}, {&introspection_}).value();
    return folder_.Socket("us.sock").ToString();
  }

  const TempFolder folder_;
  Introspection introspection_{"us"};
  std::unique_ptr<Server> server_;
};

TEST_F(ProbeCommandsTest, WhoWaitsForNothingIsReady) {
  const std::string address = ProgramThatWaitsFor(nlohmann::json::array());
  EXPECT_TRUE(CheckReady(address).ok());
  EXPECT_TRUE(CheckAlive(address).ok());
}

TEST_F(ProbeCommandsTest, WhoWaitsForSomethingSaysWhatAndIsAlive) {
  const std::string address = ProgramThatWaitsFor({"an NSMgr", "a forwarder"});
  EXPECT_EQ(CheckReady(address).code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(CheckReady(address).message()), HasSubstr("waits for an NSMgr and a forwarder"));
  EXPECT_TRUE(CheckAlive(address).ok());
}

TEST_F(ProbeCommandsTest, WhoIsNotThereIsNeither) {
  const std::string address = folder_.Socket("nobody.sock").ToString();
  EXPECT_FALSE(CheckReady(address).ok());
  EXPECT_FALSE(CheckAlive(address).ok());
}

}  // namespace
}  // namespace nsm::cmd
