// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/address_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "src/core/worker_pool.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/fake_kubernetes_server.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

using testing::HasSubstr;

class AddressOptionsTest : public testing::Test {
 protected:
  // False where the value is refused; output_ says why.
  bool Parse(const std::string& value) {
    CommandLine line("program", "");
    options_.AddTo(line);
    std::vector<std::string> arguments = {"program", "--address-map", value};
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    testing::internal::CaptureStderr();
    testing::internal::CaptureStdout();
    const auto exit_code = line.Parse(static_cast<int>(argv.size()), argv.data());
    output_ = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
    return !exit_code;
  }

  TempFolder folder_;
  AddressOptions options_;
  std::string output_;
  SystemClock clock_;
  WorkerPool pool_{1};
  TimerQueue timers_{clock_, pool_};
  AddressMap map_;
};

TEST_F(AddressOptionsTest, NamesAFileTheClusterOrBoth) {
  ASSERT_TRUE(Parse("/etc/map.yaml")) << output_;
  EXPECT_EQ(options_.file, "/etc/map.yaml");
  EXPECT_FALSE(options_.kubernetes);
  ASSERT_TRUE(Parse("kubernetes")) << output_;
  EXPECT_EQ(options_.file, "");
  EXPECT_TRUE(options_.kubernetes);
  ASSERT_TRUE(Parse("kubernetes,/etc/map.yaml")) << output_;
  EXPECT_EQ(options_.file, "/etc/map.yaml");
  EXPECT_TRUE(options_.kubernetes);
  EXPECT_FALSE(Parse("a.yaml,b.yaml"));
  EXPECT_THAT(output_, HasSubstr("one file at most"));
}

TEST_F(AddressOptionsTest, TheClusterNeedsToBeNamedOutsideOfIt) {
  options_.kubernetes = true;
  EXPECT_THAT(WatchAddresses(options_, "", clock_, timers_, map_).status().ToString(),
              HasSubstr("kubeconfig"));
}

TEST_F(AddressOptionsTest, TakesNodesAndFileTogether) {
  kubernetes::FakeApi api;
  const kubernetes::Json address = {{"type", "InternalIP"}, {"address", "10.0.0.1"}};
  ASSERT_TRUE(api.Create({.group = "", .version = "v1", .plural = "nodes", .name_space = ""},
                         {{"apiVersion", "v1"},
                          {"kind", "Node"},
                          {"metadata", {{"name", "a"}}},
                          {"status", {{"addresses", {address}}}}})
                  .ok());
  kubernetes::FakeApiServer server(api);
  std::ofstream(folder_.Path("kubeconfig")) << "current-context: c\ncontexts: [{name: c, context: {cluster: "
                                               "c}}]\nclusters: [{name: c, cluster: {server: "
                                               "\""
                                            << server.access().ToString() << "\"}}]\n";
  std::ofstream(folder_.Path("map.yaml")) << "10.0.0.2: 203.0.113.2\n";
  options_.kubernetes = true;
  options_.file = folder_.Path("map.yaml");
  auto sources = WatchAddresses(options_, folder_.Path("kubeconfig"), clock_, timers_, map_);
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_TRUE(map_.IsExternal(*IpAddress::Parse("10.0.0.1")));
  EXPECT_EQ(map_.ToExternal("10.0.0.2"), "203.0.113.2");
  sources->Stop();
}

}  // namespace
}  // namespace nsm::cmd
