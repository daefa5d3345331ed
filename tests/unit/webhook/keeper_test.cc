// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/keeper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/time/clock.h"
#include "src/webhook/annotation.h"
#include "src/webhook/configuration.h"
#include "src/webhook/decide.h"
#include "src/webhook/identity.h"
#include "src/webhook/native_sidecars.h"
#include "src/webhook/review_handler.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/unit/webhook/objects.h"
#include "tests/unit/webhook/webhook_objects.h"

namespace nsm::webhook {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const kubernetes::Resource kConfigurations = {.group = "admissionregistration.k8s.io",
                                              .version = "v1",
                                              .plural = "mutatingwebhookconfigurations",
                                              .name_space = ""};
const kubernetes::Resource kSecrets = {
    .group = "", .version = "v1", .plural = "secrets", .name_space = "nsm-system"};
const kubernetes::Resource kNamespaces = {
    .group = "", .version = "v1", .plural = "namespaces", .name_space = ""};

Json NamespaceObject(const std::string& name, const Json& annotations) {
  return {{"apiVersion", "v1"},
          {"kind", "Namespace"},
          {"metadata", {{"name", name}, {"annotations", annotations}}}};
}

class KeeperTest : public testing::Test {
 protected:
  KeeperTest() {
    EXPECT_TRUE(api_.Create(kConfigurations, Configuration()).ok());
    EXPECT_TRUE(api_.Create(kSecrets, EmptySecret()).ok());
    EXPECT_TRUE(api_.Create(kNamespaces, NamespaceObject("default", Json::object())).ok());
  }
  std::unique_ptr<Keeper> NewKeeper(ServedCertificate& certificate, bool is_own = true) {
    return std::make_unique<Keeper>(
        api_, clock_,
        Keeper::Config{.name_space = "nsm-system",
                       .secret = "nsm-webhook-certificate",
                       .configuration = "nsm-webhook",
                       .source = {.is_own = is_own, .names = {"nsm-webhook.nsm-system.svc"}, .bundle = ""}},
        certificate);
  }
  Json Configured() { return api_.Get(kConfigurations, "nsm-webhook").value(); }
  Identity Kept() { return FromSecret(api_.Get(kSecrets, "nsm-webhook-certificate").value()); }
  static void Await(const std::function<bool()>& holds, const char* what) {
    for (const absl::Time limit = absl::Now() + absl::Seconds(20); absl::Now() < limit;
         std::this_thread::yield()) {
      if (holds()) return;
    }
    FAIL() << "never: " << what;
  }

  kubernetes::FakeApi api_;
  SystemClock clock_;
  ServedCertificate certificate_;
};

TEST_F(KeeperTest, TwoReplicasAgreeOnOneCertificate) {
  ServedCertificate other;
  const auto keeper = NewKeeper(certificate_), second = NewKeeper(other);
  Await([&] { return certificate_.is_set() && other.is_set(); }, "both serve");
  EXPECT_EQ(CheckKey(Kept().server), absl::OkStatus());
  EXPECT_TRUE(Trusts(Configured(), Kept().authority().certificate));
}

TEST_F(KeeperTest, WhatSomebodyElseChangesIsPutRightAgain) {
  const auto keeper = NewKeeper(certificate_);
  Await([&] { return certificate_.is_set(); }, "served");
  ASSERT_TRUE(api_.Patch(kConfigurations, "nsm-webhook", {{"webhooks", Configuration()["webhooks"]}}).ok());
  Await([&] { return Trusts(Configured(), Kept().authority().certificate); }, "trusted again");
  ASSERT_TRUE(api_.Patch(kSecrets, "nsm-webhook-certificate", {{"data", nullptr}}).ok());
  Await([&] { return CheckKey(Kept().server).ok(); }, "another certificate");
  Await([&] { return Trusts(Configured(), Kept().authority().certificate); }, "the other trusted");
}

TEST_F(KeeperTest, FollowsWhichNamespacesAreAnnotated) {
  const auto keeper = NewKeeper(certificate_);
  auto listed = [&](const char* text) { return Configured().dump().find(text) != std::string::npos; };
  Await([&] { return certificate_.is_set(); }, "served");
  EXPECT_THAT(Configured()["webhooks"], SizeIs(2));
  ASSERT_TRUE(api_.Create(kNamespaces, NamespaceObject("blue", {{kServices, "icmp"}})).ok());
  Await([&] { return listed("\"values\":[\"blue\"]"); }, "one is listed");
  ASSERT_TRUE(api_.Create(kNamespaces, NamespaceObject("also", {{kServiceUrls, "bad"}})).ok());
  Await([&] { return listed("\"values\":[\"also\",\"blue\"]"); }, "both are listed");
  EXPECT_TRUE(Trusts(Configured(), Kept().authority().certificate)) << "the new entry, too";
  ASSERT_TRUE(api_.Delete(kNamespaces, "also", {}).ok());
  ASSERT_TRUE(api_.Patch(kNamespaces, "blue", {{"metadata", {{"annotations", nullptr}}}}).ok());
  Await([&] { return Configured()["webhooks"].size() == 2; }, "none is left");
}

TEST_F(KeeperTest, SomebodyElsesCertificateIsTrustedByItsOwnBundle) {
  const auto keeper = NewKeeper(certificate_, /*is_own=*/false);
  keeper->SetBundle("PEM");
  Await([&] { return Trusts(Configured(), "PEM"); }, "trusted");
  EXPECT_EQ(Kept(), Identity()) << "the Secret is not used";
  EXPECT_FALSE(certificate_.is_set());
}

TEST_F(KeeperTest, GoesOnAfterTheApiServerWasAway) {
  api_.GoAway();
  const auto keeper = NewKeeper(certificate_);
  api_.AwaitCalls("list", 3);
  api_.ComeBack();
  Await([&] { return certificate_.is_set(); }, "served");
}

TEST_F(KeeperTest, AReviewAsksForTheNamespaceWhereItMatters) {
  ASSERT_TRUE(api_.Create(kNamespaces, NamespaceObject("blue", {{kServices, "icmp"}})).ok());
  const auto keeper = NewKeeper(certificate_);
  const ReviewHandler handler(Options(), keeper->namespaces());
  auto ask = [&](const std::string& name_space) {
    const Json asked = {{"apiVersion", "admission.k8s.io/v1"},
                        {"kind", "AdmissionReview"},
                        {"request",
                         {{"uid", "1"},
                          {"kind", {{"group", ""}, {"kind", "Pod"}}},
                          {"namespace", name_space},
                          {"operation", "CREATE"},
                          {"object", Pod(Json::object())}}}};
    return Json::parse(handler.Handle(asked.dump()).body)["response"];
  };
  EXPECT_TRUE(ask("blue").contains("patch"));
  EXPECT_EQ(ask("default"), (Json{{"uid", "1"}, {"allowed", true}}));
  const Json unknown = ask("nowhere");
  EXPECT_EQ(unknown["allowed"], false);
  EXPECT_EQ(unknown["status"]["code"], 503);
  EXPECT_THAT(unknown["status"]["message"].get<std::string>(), HasSubstr("try again"));
  EXPECT_EQ(handler.Handle("x").status, 400);
  EXPECT_EQ(handler.Handle("x").body, "no JSON\n");
}

TEST(HasNativeSidecars, ByTheServersVersion) {
  auto has = [](const char* major, const char* minor) {
    return HasNativeSidecars({{"major", major}, {"minor", minor}});
  };
  EXPECT_EQ(has("1", "28").value(), false);
  EXPECT_EQ(has("1", "28+").value(), false);
  EXPECT_EQ(has("1", "29").value(), true);
  EXPECT_EQ(has("1", "31+").value(), true);
  EXPECT_EQ(has("2", "0").value(), true);
  EXPECT_TRUE(absl::IsInvalidArgument(has("", "").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(HasNativeSidecars({{"major", 1}}).status()));
}

}  // namespace
}  // namespace nsm::webhook
