// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/upkeep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "src/webhook/configuration.h"
#include "src/webhook/identity.h"
#include "tests/unit/webhook/webhook_objects.h"

namespace nsm::webhook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1800000000);
constexpr absl::Duration kDay = absl::Hours(24);
const std::vector<std::string> kService = {"nsm-webhook.nsm-system.svc"};
const CertificateSource kOwn = {.is_own = true, .names = kService, .bundle = ""};

TEST(Renewed, MakesOneAndKeepsItWhileItIsGood) {
  const Identity first = Renewed({}, kService, kStart).value();
  EXPECT_EQ(CheckServerCertificate(first.server.certificate, first.authority().certificate, kService),
            absl::OkStatus());
  EXPECT_EQ(Renewed(first, kService, kStart + 59 * kDay).value(), first);
  EXPECT_EQ(FromSecret(WithIdentity(EmptySecret(), first)), first);
}

TEST(Renewed, TheCertificateIsNewInTimeAndTheAuthorityStays) {
  const Identity first = Renewed({}, kService, kStart).value();
  const Identity second = Renewed(first, kService, kStart + 61 * kDay).value();
  EXPECT_NE(second.server, first.server);
  EXPECT_EQ(second.bundle, first.bundle);
  EXPECT_GT(LifetimeOf(second.server.certificate)->to, kStart + 150 * kDay);
}

TEST(Renewed, ANewAuthorityComesWhileTheOldOneIsTrustedOn) {
  const Identity first = Renewed({}, kService, kStart).value();
  const absl::Time later = kStart + 5 * 365 * kDay;
  const Identity second = Renewed(first, kService, later).value();
  EXPECT_NE(second.authority().certificate, first.authority().certificate);
  EXPECT_THAT(SplitCertificates(second.bundle),
              ElementsAre(second.authority().certificate, first.authority().certificate));
  EXPECT_EQ(CheckServerCertificate(second.server.certificate, second.authority().certificate, kService),
            absl::OkStatus());
  const Identity third = Renewed(second, kService, later + 5 * 365 * kDay).value();
  EXPECT_THAT(SplitCertificates(third.bundle), SizeIs(2)) << "the first has expired";
}

TEST(Renewed, WhateverIsSpoiltIsMadeAnew) {
  const Identity good = Renewed({}, kService, kStart).value();
  std::vector<Identity> spoilt(7, good);
  spoilt[0].authority_key = "";
  spoilt[1].server.key = good.authority_key;
  spoilt[2].server.certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  spoilt[3].bundle = "";
  spoilt[4].bundle = good.server.certificate;
  spoilt[5].server = Renewed({}, {"other"}, kStart)->server;
  spoilt[6] = Renewed({}, kService, kStart + 30 * kDay).value();  // not valid yet
  for (const Identity& identity : spoilt) {
    const Identity repaired = Renewed(identity, kService, kStart).value();
    EXPECT_NE(repaired, identity);
    EXPECT_EQ(Renewed(repaired, kService, kStart).value(), repaired);
  }
  EXPECT_NE(Renewed(good, {"other"}, kStart).value(), good) << "other names";
}

TEST(FromSecret, TakesAnythingForNone) {
  for (const Json& secret :
       {Json(), Json::object(), Json{{"data", 1}}, Json{{"data", {{"ca.crt", 1}, {"tls.key", "%"}}}}}) {
    EXPECT_EQ(FromSecret(secret), Identity());
  }
}

TEST(WithKeptRight, EveryEntryTrustsTheBundle) {
  const Json kept = WithKeptRight(Configuration(), {.bundle = "PEM", .namespaces = std::nullopt}).value();
  for (const Json& entry : kept["webhooks"])
    EXPECT_EQ(entry["clientConfig"]["caBundle"], absl::Base64Escape("PEM"));
  EXPECT_TRUE(Trusts(kept, "PEM"));
  EXPECT_FALSE(Trusts(kept, "other"));
  EXPECT_FALSE(Trusts(Configuration(), "PEM"));
  EXPECT_EQ(WithKeptRight(kept, {.bundle = "", .namespaces = std::nullopt}).value(), kept);
}

TEST(WithKeptRight, AnnotatedNamespacesHaveAnEntryWhileThereAreAny) {
  auto with = [](const Json& configuration, std::set<std::string> namespaces) {
    return WithKeptRight(configuration, {.bundle = "PEM", .namespaces = std::move(namespaces)}).value();
  };
  const Json none = with(Configuration(), {});
  EXPECT_THAT(none["webhooks"], SizeIs(2));
  const Json two = with(none, {"b", "a"});
  ASSERT_THAT(two["webhooks"], SizeIs(3));
  const Json &pods = two["webhooks"][0], &entry = two["webhooks"][2];
  EXPECT_EQ(entry["name"], kNamespacesEntry);
  EXPECT_EQ(entry["clientConfig"], pods["clientConfig"]);
  EXPECT_EQ(entry["rules"], pods["rules"]);
  EXPECT_EQ(entry["failurePolicy"], "Fail");
  EXPECT_EQ(entry["matchConditions"].size(), 1u);
  EXPECT_THAT(entry["matchConditions"][0]["expression"].get<std::string>(),
              HasSubstr("!has(object.metadata.annotations)"));
  const Json& selector = entry["namespaceSelector"]["matchExpressions"];
  EXPECT_EQ(selector[0], pods["namespaceSelector"]["matchExpressions"][0])
      << "nsm's own and kube-system stay out";
  EXPECT_EQ(selector[1],
            (Json{{"key", "kubernetes.io/metadata.name"}, {"operator", "In"}, {"values", {"a", "b"}}}));
  EXPECT_EQ(with(two, {"a", "b"}), two);
  EXPECT_EQ(WithKeptRight(two, {.bundle = "PEM", .namespaces = std::nullopt}).value(), two)
      << "not known is not none";
  EXPECT_EQ(with(two, {}), none);
}

TEST(WithKeptRight, SaysWhatItDoesNotUnderstand) {
  auto refused = [](const Json& configuration) {
    return std::string(
        WithKeptRight(configuration, {.bundle = "x", .namespaces = {{"a"}}}).status().message());
  };
  EXPECT_THAT(refused(Json::object()), HasSubstr("no entry pods.webhook.networkservicemesh.io"));
  EXPECT_THAT(refused({{"webhooks", 1}}), HasSubstr("webhooks is not a list"));
  EXPECT_THAT(refused({{"webhooks", {1}}}), HasSubstr("no object"));
  EXPECT_THAT(refused({{"webhooks", {{{"name", kPodsEntry}, {"clientConfig", 1}}}}}),
              HasSubstr("clientConfig"));
  EXPECT_THAT(
      refused({{"webhooks", {{{"name", kPodsEntry}, {"namespaceSelector", {{"matchExpressions", 1}}}}}}}),
      HasSubstr("namespaceSelector.matchExpressions"));
}

TEST(PlanUpkeep, ACertificateIsKeptThenTrustedThenShown) {
  Json secret = EmptySecret(), configuration = Configuration();
  const Observed observed{.secret = &secret, .configuration = &configuration, .annotated_namespaces = {{}}};
  Upkeep first = PlanUpkeep(observed, kOwn, kStart).value();
  ASSERT_TRUE(first.secret);
  EXPECT_FALSE(first.configuration || first.serve);
  secret = *first.secret;
  Upkeep second = PlanUpkeep(observed, kOwn, kStart).value();
  ASSERT_TRUE(second.configuration);
  EXPECT_FALSE(second.secret || second.serve);
  configuration = *second.configuration;
  Upkeep third = PlanUpkeep(observed, kOwn, kStart).value();
  EXPECT_EQ(third.serve, FromSecret(secret).server);
  EXPECT_FALSE(third.secret || third.configuration);
}

TEST(PlanUpkeep, ANewAuthorityIsShownOnlyWhenItIsTrusted) {
  const Identity old = Renewed({}, kService, kStart).value();
  Json configuration = WithKeptRight(Configuration(), {.bundle = old.bundle, .namespaces = {{}}}).value();
  const Json secret = WithIdentity(EmptySecret(), Renewed(old, kService, kStart + 5 * 365 * kDay).value());
  const Observed observed{.secret = &secret, .configuration = &configuration, .annotated_namespaces = {{}}};
  const absl::Time now = kStart + 5 * 365 * kDay;
  const Upkeep before = PlanUpkeep(observed, kOwn, now).value();
  EXPECT_FALSE(before.serve);
  ASSERT_TRUE(before.configuration);
  configuration = *before.configuration;
  EXPECT_TRUE(Trusts(configuration, old.authority().certificate))
      << "other replicas still show its certificate";
  EXPECT_TRUE(PlanUpkeep(observed, kOwn, now)->serve);
}

TEST(PlanUpkeep, SomebodyElsesCertificateNeedsNoSecret) {
  Json configuration = Configuration();
  const Observed observed{
      .secret = nullptr, .configuration = &configuration, .annotated_namespaces = {{"a"}}};
  CertificateSource source = {.is_own = false, .names = kService, .bundle = ""};
  Upkeep upkeep = PlanUpkeep(observed, source, kStart).value();
  EXPECT_FALSE(upkeep.serve || upkeep.secret);
  ASSERT_TRUE(upkeep.configuration);
  EXPECT_FALSE((*upkeep.configuration)["webhooks"][0]["clientConfig"].contains("caBundle"));
  source.bundle = "PEM";
  EXPECT_TRUE(Trusts(*PlanUpkeep(observed, source, kStart)->configuration, "PEM"));
}

TEST(PlanUpkeep, SaysWhatIsMissing) {
  const Json configuration = Configuration(),
             secret = WithIdentity(EmptySecret(), Renewed({}, kService, kStart).value());
  Observed observed{.secret = nullptr, .configuration = &configuration, .annotated_namespaces = std::nullopt};
  EXPECT_THAT(PlanUpkeep(observed, kOwn, kStart).status().message(), HasSubstr("the Secret"));
  observed = {.secret = &secret, .configuration = nullptr, .annotated_namespaces = std::nullopt};
  EXPECT_THAT(PlanUpkeep(observed, kOwn, kStart).status().message(),
              HasSubstr("MutatingWebhookConfiguration"));
}

}  // namespace
}  // namespace nsm::webhook
