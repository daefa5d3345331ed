// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/local_bypass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::nsmgr {
namespace {

constexpr char kOurs[] = "tcp://10.0.0.1:5001";
constexpr char kTheirs[] = "tcp://10.0.0.2:5001";
constexpr char kReal[] = "unix:///run/nse.sock";

class LocalBypassTest : public testing::Test {
 protected:
  LocalBypassTest() {
    bypass_ = &chain_.Add<LocalBypass>(Url::Parse(kOurs).value());
    registry_ = &chain_.Add<FakeRegistry<EndpointKind>>();
  }
  absl::StatusOr<NetworkServiceEndpoint> Register(const NetworkServiceEndpoint& entry) {
    return chain_.Begin().Register(context_, entry);
  }
  std::map<std::string, std::string> Find() {
    auto sink = std::make_shared<RecordingSink<EndpointKind>>();
    chain_.Begin().Find(context_, Query(NetworkServiceEndpoint()), sink);
    std::map<std::string, std::string> urls;
    for (const auto& entry : sink->entries()) urls[entry.name()] = entry.url();
    return urls;
  }

  RegistryChain<EndpointKind> chain_;
  LocalBypass* bypass_ = nullptr;
  FakeRegistry<EndpointKind>* registry_ = nullptr;
  Context context_;
};

TEST_F(LocalBypassTest, TheDomainSeesOurUrlAndTheNodeTheRealOne) {
  auto registered = Register(Endpoint("nse", {"ns"}, kReal));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registry_->registered.at(0).url(), kOurs);
  EXPECT_EQ(registered->url(), kReal);
  registry_->entries = {Endpoint("nse", {}, kOurs), Endpoint("far", {}, kTheirs), Endpoint("old", {}, kOurs)};
  using Urls = std::map<std::string, std::string>;
  EXPECT_EQ(Find(), (Urls{{"nse", kReal}, {"far", kTheirs}})) << "old is from a life before ours";
}

TEST_F(LocalBypassTest, AnEndpointThatMovedIsWhereItIsNow) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, kReal)).ok());
  registry_->entries = {Endpoint("nse", {}, kTheirs)};
  EXPECT_EQ(Find().at("nse"), kTheirs);
}

TEST_F(LocalBypassTest, ARefusedRegistrationLeavesNothing) {
  registry_->answer = absl::PermissionDeniedError("");
  EXPECT_FALSE(Register(Endpoint("nse", {"ns"}, kReal)).ok());
  EXPECT_TRUE(bypass_->List().empty());
}

TEST_F(LocalBypassTest, AFailedRenewalKeepsWhatWas) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, kReal)).ok());
  registry_->answer = absl::UnavailableError("");
  EXPECT_FALSE(Register(Endpoint("nse", {"ns"}, "unix:///run/other.sock")).ok());
  EXPECT_EQ(bypass_->List().at("nse"), kReal);
}

TEST_F(LocalBypassTest, UnregisterForgetsAlsoWhenTheRegistryIsAway) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, kReal)).ok());
  registry_->answer = absl::UnavailableError("");
  EXPECT_FALSE(chain_.Begin().Unregister(context_, Endpoint("nse", {}, kReal)).ok());
  EXPECT_EQ(registry_->unregistered.at(0).url(), kOurs);
  EXPECT_TRUE(bypass_->List().empty());
}

TEST_F(LocalBypassTest, AStrangersUnregisterForgetsNothing) {
  ASSERT_TRUE(Register(Endpoint("nse", {"ns"}, kReal)).ok());
  registry_->answer = absl::PermissionDeniedError("");
  context_.is_called = true;
  EXPECT_FALSE(chain_.Begin().Unregister(context_, Endpoint("nse", {}, kReal)).ok());
  EXPECT_EQ(bypass_->List().at("nse"), kReal);
  context_.is_called = false;
  EXPECT_FALSE(chain_.Begin().Unregister(context_, Endpoint("nse", {}, kReal)).ok());
  EXPECT_TRUE(bypass_->List().empty()) << "its life has ended, whoever has its name elsewhere";
}

TEST_F(LocalBypassTest, RefusesWhatNobodyCanDial) {
  for (const char* url : {"", "inode://4/1", "unix://relative", "tcp://host"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Register(Endpoint("nse", {"ns"}, url)).status())) << url;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(Register(Endpoint("", {"ns"}, kReal)).status()));
}

TEST(LocalBypass, AWatchHearsThatAnOldOneIsGone) {
  RegistryChain<EndpointKind> chain;
  chain.Add<LocalBypass>(Url::Parse(kOurs).value());
  class Deleting final : public RegistryElement<EndpointKind> {
    std::shared_ptr<FindCall> Find(const Context&, EndpointKind::Query,
                                   std::shared_ptr<FindSink<EndpointKind>> sink,
                                   RegistryNext<EndpointKind>) override {
      EndpointKind::Response response;
      *response.mutable_network_service_endpoint() = Endpoint("old", {}, kOurs);
      response.set_deleted(true);
      sink->OnFound(response);
      return EndFind(*sink, absl::OkStatus());
    }
  };
  chain.Add<Deleting>();
  auto sink = std::make_shared<RecordingSink<EndpointKind>>();
  chain.Begin().Find(Context(), Query(NetworkServiceEndpoint(), true), sink);
  EXPECT_THAT(sink->names(), testing::ElementsAre("-old"));
}

}  // namespace
}  // namespace nsm::nsmgr
