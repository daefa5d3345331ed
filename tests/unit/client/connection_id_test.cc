// SPDX-License-Identifier: Apache-2.0
#include "src/client/connection_id.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "src/nsm/wire/limits.h"

namespace nsm::client {
namespace {

using testing::StartsWith;

class ConnectionIdTest : public testing::Test {
 protected:
  ConnectionIdTest() {
    config_.name = "web-0";
    config_.labels = {{"podName", "web-0"}};
    config_.netns_inode_url = "inode://4/10";
    config_.netns_cookie = {7};
  }
  std::string Id() const { return ConnectionId(service_, config_); }

  ServiceUrl service_ = ServiceUrl::Parse("kernel://ns@east/nsm-1?app=x").value();
  SessionConfig config_;
};

TEST_F(ConnectionIdTest, IsTheSameForTheSame) {
  const std::string id = Id();
  EXPECT_THAT(id, StartsWith("web-0-nsm-1-"));
  config_.request_timeout = absl::Seconds(1);
  EXPECT_EQ(Id(), id) << "not what makes the connection what it is";
}

TEST_F(ConnectionIdTest, IsAnotherForAnythingElse) {
  std::set<std::string> ids{Id()};
  auto differs = [&](const char* what) { EXPECT_TRUE(ids.insert(Id()).second) << what; };
  config_.netns_cookie = {8};
  differs("a namespace in the place of one that is gone");
  config_.netns_inode_url = "inode://4/11";
  differs("a namespace");
  config_.labels["podName"] = "web-1";
  differs("a label of the client");
  service_.labels["app"] = "y";
  differs("a label of the service");
  service_.labels["app"] = "";
  service_.labels["y"] = "app";
  differs("labels whose texts together are the same");
  service_.service = "ns@west";
  differs("a domain");
  service_.interface = "nsm-2";
  differs("an interface");
  config_.name = "web-1";
  differs("a client");
  config_.routes = {IpPrefix::Parse("10.0.0.0/8").value()};
  differs("a route");
  config_.default_route = "nsm-1";
  EXPECT_TRUE(ids.contains(Id())) << "over another interface";
  config_.default_route = "nsm-2";
  differs("the default route");
}

TEST_F(ConnectionIdTest, FitsWhateverTheName) {
  config_.name = std::string(limits::kName, 'n');
  const std::string id = Id();
  EXPECT_LE(id.size(), limits::kName);
  config_.name.back() = 'm';
  EXPECT_NE(Id(), id);
}

}  // namespace
}  // namespace nsm::client
