// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/local_forwarders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;

class LocalForwardersTest : public testing::Test {
 protected:
  LocalForwardersTest() {
    forwarders_ = &chain_.Add<LocalForwarders>();
    registry_ = &chain_.Add<FakeRegistry<EndpointKind>>();
    registry_->entries = {Endpoint("nse", {"ns"})};
    context_.caller.is_local = true;
  }
  absl::Status Register(const NetworkServiceEndpoint& entry) {
    return chain_.Begin().Register(context_, entry).status();
  }
  std::vector<std::string> Find(const NetworkServiceEndpoint& wanted) {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    chain_.Begin().Find(context_, Query(wanted), sink);
    return sink->names();
  }

  RegistryChain<EndpointKind> chain_;
  LocalForwarders* forwarders_ = nullptr;
  FakeRegistry<EndpointKind>* registry_ = nullptr;
  Context context_;
};

TEST_F(LocalForwardersTest, StayOnTheNode) {
  ASSERT_TRUE(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock")).ok());
  EXPECT_TRUE(registry_->registered.empty());
  ASSERT_EQ(forwarders_->List().size(), 1u);
  EXPECT_EQ(forwarders_->List()[0].url(), "unix:///run/fwd.sock");
  NetworkServiceEndpoint wanted;
  wanted.add_network_service_names("forwarder");
  EXPECT_THAT(Find(wanted), ElementsAre("fwd"));
  EXPECT_THAT(Find(Endpoint("fwd")), ElementsAre("fwd")) << "a forwarder watches itself by name";
  EXPECT_TRUE(registry_->queries.empty());
  ASSERT_TRUE(chain_.Begin().Unregister(context_, Endpoint("fwd")).ok());
  EXPECT_TRUE(forwarders_->List().empty());
  EXPECT_TRUE(registry_->unregistered.empty());
}

TEST_F(LocalForwardersTest, AreNotRemovedFromOutsideOfTheNode) {
  ASSERT_TRUE(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock")).ok());
  context_.is_called = true;
  context_.caller.is_local = false;
  EXPECT_TRUE(absl::IsPermissionDenied(chain_.Begin().Unregister(context_, Endpoint("fwd"))));
  EXPECT_EQ(forwarders_->List().size(), 1u);
  context_.is_called = false;
  EXPECT_TRUE(chain_.Begin().Unregister(context_, Endpoint("fwd")).ok()) << "it has expired";
}

TEST_F(LocalForwardersTest, AllElseGoesToTheRegistry) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, "unix:///run/nse.sock")).ok());
  EXPECT_EQ(registry_->registered.size(), 1u);
  EXPECT_THAT(Find(Endpoint("nse")), ElementsAre("nse"));
  ASSERT_TRUE(chain_.Begin().Unregister(context_, Endpoint("nse")).ok());
  EXPECT_EQ(registry_->unregistered.size(), 1u);
}

TEST_F(LocalForwardersTest, NeedASocketOfThisNode) {
  for (const char* url : {"", "tcp://192.0.2.1:5001", "inode://4/1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Register(Endpoint("fwd", {"forwarder"}, url)))) << url;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Register(Endpoint("", {"forwarder"}, "unix:///run/fwd.sock"))));
  context_.caller.is_local = false;
  EXPECT_TRUE(absl::IsPermissionDenied(Register(Endpoint("fwd", {"forwarder"}, "unix:///run/fwd.sock"))));
  EXPECT_TRUE(forwarders_->List().empty());
}

}  // namespace
}  // namespace nsm::nsmgr
