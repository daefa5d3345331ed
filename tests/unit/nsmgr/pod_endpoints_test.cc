// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/pod_endpoints.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::nsmgr {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PodEndpointsTest : public testing::Test {
 protected:
  PodEndpointsTest() {
    pods_ = &chain_.Add<PodEndpoints>(Labels{{"nodeName", "node-1"}});
    registry_ = &chain_.Add<FakeRegistry<EndpointKind>>();
  }
  static Context By(const std::string& uid) {
    Context context;
    context.caller.pod = std::make_shared<Pod>(Pod{uid + "-name", "ns", uid, "default"});
    context.caller.pod_folder = "/pods/" + uid;
    return context;
  }
  absl::StatusOr<NetworkServiceEndpoint> Register(const std::string& uid,
                                                  const NetworkServiceEndpoint& entry) {
    Context context = By(uid);
    return chain_.Begin().Register(context, entry);
  }
  absl::Status Unregister(const std::string& uid, const NetworkServiceEndpoint& entry) {
    Context context = By(uid);
    return chain_.Begin().Unregister(context, entry);
  }

  RegistryChain<EndpointKind> chain_;
  PodEndpoints* pods_ = nullptr;
  FakeRegistry<EndpointKind>* registry_ = nullptr;
  const NetworkServiceEndpoint nse_ = Endpoint("nse", {"ns"}, "unix:///var/lib/networkservicemesh/nse.sock");
};

TEST_F(PodEndpointsTest, SocketsAreInThePodsFolder) {
  const auto registered = Register("one", nse_);
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_EQ(registry_->registered.at(0).url(), "unix:///pods/one/nse.sock");
  EXPECT_EQ(registered->url(), nse_.url()) << "the pod knows it by that";
  ASSERT_TRUE(Unregister("one", nse_).ok());
  EXPECT_EQ(registry_->unregistered.at(0).url(), "unix:///pods/one/nse.sock");
}

TEST_F(PodEndpointsTest, NoSocketIsElsewhere) {
  for (const std::string url : {"unix:///a/..", "unix:///a/.", "unix:///a/"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(Register("one", Endpoint("nse", {"ns"}, url)).status())) << url;
  }
  ASSERT_TRUE(Register("one", Endpoint("nse", {"ns"}, "unix:///pods/other/../../etc/x.sock")).ok());
  EXPECT_EQ(registry_->registered.at(0).url(), "unix:///pods/one/x.sock");
  const auto refused = Register("one", Endpoint("nse", {"ns"}, "unix:///" + std::string(98, 'x')));
  EXPECT_THAT(refused.status().message(), HasSubstr("at most 97 bytes"));
  EXPECT_TRUE(Register("one", Endpoint("nse", {"ns"}, "unix:///" + std::string(97, 'x'))).ok());
}

TEST_F(PodEndpointsTest, TheirLabelsSayWhichPodItIs) {
  NetworkServiceEndpoint liar = nse_;
  auto& labels = *(*liar.mutable_network_service_labels())["ns"].mutable_labels();
  labels["podName"] = "another";
  labels["nodeName"] = "elsewhere";
  labels["app"] = "firewall";
  ASSERT_TRUE(Register("one", liar).ok());
  const auto& told = registry_->registered.at(0).network_service_labels().at("ns").labels();
  EXPECT_EQ(told.at("podName"), "one-name");
  EXPECT_EQ(told.at("nodeName"), "node-1");
  EXPECT_EQ(told.at("app"), "firewall");
}

TEST_F(PodEndpointsTest, ANameIsItsFirstPods) {
  ASSERT_TRUE(Register("one", nse_).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Register("other", nse_).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Unregister("other", nse_)));
  EXPECT_THAT(registry_->registered, SizeIs(1));
  EXPECT_THAT(registry_->unregistered, IsEmpty());
  ASSERT_TRUE(Register("one", nse_).ok()) << "it refreshes it";
  pods_->Forget("one");
  EXPECT_TRUE(Register("other", nse_).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(Unregister("one", nse_)));
}

TEST_F(PodEndpointsTest, ARegistrationThatFailsLeavesTheNameFree) {
  registry_->answer = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(Register("one", nse_).status()));
  registry_->answer = absl::OkStatus();
  ASSERT_TRUE(Register("other", nse_).ok());
  registry_->answer = absl::UnavailableError("away");
  EXPECT_TRUE(absl::IsUnavailable(Register("other", nse_).status()));
  EXPECT_TRUE(absl::IsPermissionDenied(Register("one", nse_).status())) << "it was registered before";
}

TEST_F(PodEndpointsTest, PodsAreNoForwarders) {
  EXPECT_TRUE(
      absl::IsPermissionDenied(Register("one", Endpoint("f", {"ns", "forwarder"}, nse_.url())).status()));
  EXPECT_THAT(registry_->registered, IsEmpty());
}

TEST_F(PodEndpointsTest, CallersOfTheNodeAreLeftAlone) {
  Context context;
  ASSERT_TRUE(chain_.Begin().Register(context, nse_).ok());
  EXPECT_EQ(registry_->registered.at(0).url(), nse_.url());
  EXPECT_TRUE(chain_.Begin().Unregister(context, nse_).ok());
}

}  // namespace
}  // namespace nsm::nsmgr
