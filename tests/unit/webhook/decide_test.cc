// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "src/webhook/annotation.h"
#include "tests/unit/webhook/objects.h"

namespace nsm::webhook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json Asked(const std::string& group, const std::string& kind, const std::string& operation,
           const Json& object, const Json& old_object = nullptr) {
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "705ab4f5"},
            {"kind", {{"group", group}, {"version", "v1"}, {"kind", kind}}},
            {"namespace", "default"},
            {"operation", operation},
            {"object", object},
            {"oldObject", old_object}}}};
}

Verdict Decided(const Json& asked, const Json* name_space = nullptr,
                const ClientOptions& options = Options()) {
  return Decide(ParseReview(asked.dump()).value(), name_space, options);
}

Json Namespace(const Json& annotations, const Json& labels = Json::object()) {
  return {{"kind", "Namespace"},
          {"metadata", {{"name", "default"}, {"annotations", annotations}, {"labels", labels}}}};
}

TEST(ParseReview, ReadsWhatIsAsked) {
  const Review review =
      ParseReview(Asked("apps", "Deployment", "UPDATE", {{"a", 1}}, {{"b", 2}}).dump()).value();
  EXPECT_EQ(review.uid, "705ab4f5");
  EXPECT_EQ(review.group, "apps");
  EXPECT_EQ(review.kind, "Deployment");
  EXPECT_EQ(review.operation, "UPDATE");
  EXPECT_EQ(review.name_space, "default");
  EXPECT_EQ(review.object, (Json{{"a", 1}}));
  EXPECT_EQ(review.old_object, (Json{{"b", 2}}));
}

TEST(ParseReview, SaysWhatItCannotAnswer) {
  EXPECT_THAT(ParseReview("").status().message(), HasSubstr("no JSON"));
  EXPECT_THAT(ParseReview("[]").status().message(), HasSubstr("no AdmissionReview"));
  EXPECT_THAT(
      ParseReview(R"({"apiVersion":"admission.k8s.io/v2","kind":"AdmissionReview"})").status().message(),
      HasSubstr("no AdmissionReview"));
  Json asked = Asked("", "Pod", "CREATE", kNone);
  for (const char* member : {"kind", "object", "oldObject"}) {
    Json other = asked;
    other["request"][member] = "x";
    EXPECT_THAT(ParseReview(other.dump()).status().message(), HasSubstr("is not an object")) << member;
  }
  asked["request"]["uid"] = 7;
  EXPECT_THAT(ParseReview(asked.dump()).status().message(), HasSubstr("request.uid is missing"));
}

TEST(ToAnswer, IsWhatAnApiServerReads) {
  const Review review = ParseReview(Asked("", "Pod", "CREATE", kNone).dump()).value();
  Verdict verdict;
  Json answer = Json::parse(ToAnswer(review, verdict));
  EXPECT_EQ(answer, (Json{{"apiVersion", "admission.k8s.io/v1"},
                          {"kind", "AdmissionReview"},
                          {"response", {{"uid", "705ab4f5"}, {"allowed", true}}}}));
  verdict.patch = {{{"op", "remove"}, {"path", "/a"}}};
  verdict.warnings = {"careful"};
  answer = Json::parse(ToAnswer(review, verdict))["response"];
  EXPECT_EQ(answer["patchType"], "JSONPatch");
  EXPECT_EQ(answer["warnings"], Json::array({"careful"}));
  std::string patch;
  ASSERT_TRUE(absl::Base64Unescape(answer["patch"].get<std::string>(), &patch));
  EXPECT_EQ(Json::parse(patch), verdict.patch);
  verdict.code = 422;
  verdict.message = "no \xff";
  answer = Json::parse(ToAnswer(review, verdict))["response"];
  EXPECT_EQ(answer["allowed"], false);
  EXPECT_EQ(answer["status"]["code"], 422);
  EXPECT_EQ(answer["status"]["reason"], "Invalid");
  EXPECT_FALSE(answer.contains("patch"));
}

TEST(Decide, APodGetsTheServicesOfEitherAnnotation) {
  for (const Json& annotation : {kIcmp, Json{{kServiceUrls, "kernel://icmp@east/nsm0"}}}) {
    const Json pod = Pod(annotation);
    const Verdict verdict = Decided(Asked("", "Pod", "CREATE", pod));
    EXPECT_EQ(verdict.code, 200);
    const Json after = Patched(pod, verdict.patch);
    EXPECT_THAT(after["spec"]["initContainers"][0].dump(), HasSubstr("kernel://icmp@east/nsm0"));
    EXPECT_EQ(Decided(Asked("", "Pod", "CREATE", after)), Verdict());
  }
}

TEST(Decide, APodWithoutAnyIsLeftAlone) {
  EXPECT_EQ(Decided(Asked("", "Pod", "CREATE", Pod(kNone))), Verdict());
  EXPECT_EQ(Decided(Asked("", "Pod", "UPDATE", Pod(kIcmp), Pod(kNone))), Verdict()) << "it runs";
  EXPECT_EQ(Decided(Asked("", "Pod", "DELETE", nullptr, Pod(kIcmp))), Verdict());
  EXPECT_EQ(Decided(Asked("example.org", "Pod", "CREATE", Pod(kIcmp))), Verdict());
  EXPECT_EQ(Decided(Asked("", "ConfigMap", "CREATE", Pod(kIcmp))), Verdict());
  Json scale = Asked("", "Pod", "CREATE", Pod(kIcmp));
  scale["request"]["subResource"] = "eviction";
  EXPECT_EQ(Decided(scale), Verdict());
}

TEST(Decide, TheNamespacesAnnotationIsForPodsWithoutTheirOwn) {
  const Json annotated = Namespace({{kServices, "web"}});
  const Json without = Asked("", "Pod", "CREATE", Pod(kNone)), with = Asked("", "Pod", "CREATE", Pod(kIcmp));
  EXPECT_TRUE(NeedsNamespace(ParseReview(without.dump()).value()));
  EXPECT_FALSE(NeedsNamespace(ParseReview(with.dump()).value()));
  EXPECT_THAT(Decided(without, &annotated).patch.dump(), HasSubstr("kernel://web/nsm0"));
  EXPECT_THAT(Decided(with, &annotated).patch.dump(), HasSubstr("kernel://icmp@east/nsm0"));
  const Json plain = Namespace(kNone), bad = Namespace({{kServices, "a/b/c"}});
  EXPECT_EQ(Decided(without, &plain), Verdict());
  EXPECT_THAT(Decided(without, &bad).message, HasSubstr("in the metadata of namespace default: entry 1"));
}

TEST(Decide, APodOfTheHostsNetworkIsRefusedWhereItAsksItself) {
  Json pod = Pod(kIcmp);
  pod["spec"]["hostNetwork"] = true;
  EXPECT_EQ(Decided(Asked("", "Pod", "CREATE", pod)).code, 422);
  pod["metadata"]["annotations"] = kNone;
  const Json annotated = Namespace(kIcmp);
  const Verdict verdict = Decided(Asked("", "Pod", "CREATE", pod), &annotated);
  EXPECT_EQ(verdict.code, 200);
  EXPECT_THAT(verdict.patch, IsEmpty());
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("does not get the services of")));
}

TEST(Decide, APodThatIsAFileOfItsNodeIsLeftAlone) {
  const Verdict verdict =
      Decided(Asked("", "Pod", "CREATE", Pod({{kServices, "icmp"}, {"kubernetes.io/config.mirror", "x"}})));
  EXPECT_EQ(verdict.code, 200);
  EXPECT_THAT(verdict.patch, IsEmpty());
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("file of its node")));
}

TEST(Decide, WarnsWherePodSecurityIsGoingToRefuseTheVolume) {
  const Json asked = Asked("", "Pod", "CREATE", Pod(kIcmp));
  const Json restricted = Namespace(kNone, {{"pod-security.kubernetes.io/enforce", "restricted"}});
  const Json privileged = Namespace(kNone, {{"pod-security.kubernetes.io/enforce", "privileged"}});
  EXPECT_THAT(Decided(asked, &restricted).warnings, ElementsAre(HasSubstr("webhook.volumes=csi")));
  EXPECT_THAT(Decided(asked, &privileged).warnings, IsEmpty());
  ClientOptions options = Options();
  options.csi_driver = "csi.example";
  EXPECT_THAT(Decided(asked, &restricted, options).warnings, IsEmpty());
}

TEST(Decide, ABadAnnotationIsRefusedWhereverItIs) {
  const Json bad = {{kServices, "icmp, web@/x"}};
  const char* why = "entry 2 at character 7, \"web@/x\": no domain follows the @; expected SERVICE[@DOMAIN]";
  for (const Json& asked : {Asked("", "Pod", "CREATE", Pod(bad)),
                            Asked("apps", "Deployment", "CREATE", Workload("Deployment", bad, kNone)),
                            Asked("batch", "CronJob", "CREATE", CronJob(kNone, kNone, bad)),
                            Asked("", "Namespace", "UPDATE", Namespace(bad), Namespace(kNone))}) {
    const Verdict verdict = Decided(asked);
    EXPECT_EQ(verdict.code, 422);
    EXPECT_THAT(verdict.message, HasSubstr(why));
    EXPECT_THAT(verdict.patch, IsEmpty());
  }
  EXPECT_EQ(Decided(Asked("", "Namespace", "CREATE", Namespace(kIcmp))), Verdict());
}

TEST(Decide, LimitsWhatAnAnnotationAsksFor) {
  std::string many = "a0";
  for (int i = 1; i < 100; ++i) many += ",a" + std::to_string(i);
  const std::pair<std::string, const char*> refused[] = {
      {many, "100 services: at most 64"},
      {std::string(20000, 'a'), "20000 bytes: at most 16384"},
      {"b," + std::string(300, 'a'), "entry 2: a service's name has at most 253 bytes"},
  };
  for (const auto& [text, why] : refused) {
    EXPECT_THAT(Decided(Asked("", "Pod", "CREATE", Pod({{kServices, text}}))).message, HasSubstr(why));
  }
}

TEST(Decide, WhatWasAsBadBeforeStaysAdmitted) {
  const Json bad = Workload("Deployment", {{kServices, "a/b/c"}}, kNone);
  const Verdict verdict = Decided(Asked("apps", "Deployment", "UPDATE", bad, bad));
  EXPECT_EQ(verdict.code, 200);
  EXPECT_THAT(verdict.warnings, ElementsAre(HasSubstr("left as it was")));
  const Json good = Workload("Deployment", kIcmp, kNone);
  EXPECT_EQ(Decided(Asked("apps", "Deployment", "UPDATE", bad, good)).code, 422);
  Json going = bad;
  going["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(Decided(Asked("apps", "Deployment", "UPDATE", going, good)), Verdict());
}

// Every member of an object, and what is in it, replaced by something of another type.
void Spoil(const Json& whole, const Json::json_pointer& at, const std::function<void(const Json&)>& look) {
  for (const Json& other :
       {Json(nullptr), Json("x"), Json::array({nullptr, 1, Json::array()}), Json{{"a", Json::array({1})}}}) {
    Json spoilt = whole;
    spoilt[at] = other;
    look(spoilt);
  }
  const Json& here = whole[at];
  if (!here.is_structured()) return;
  for (const auto& [key, value] : here.items()) {
    Spoil(whole, here.is_array() ? at / static_cast<size_t>(std::stoul(key)) : at / key, look);
  }
}

TEST(Decide, WrongTypesAnywhereHaveAClearAnswer) {
  const Json annotated = Namespace(kIcmp);
  Json pod = Pod({{kServices, "icmp"}, {kInjected, "injected"}});
  pod["spec"]["initContainers"] = {{{"name", "nsm-client"}}, {{"name", "other"}}};
  pod["spec"]["volumes"] = {{{"name", "nsm-client-socket"}}, {{"name", "other"}}};
  Json job = Workload("Job", kIcmp, kIcmp);
  job["metadata"]["ownerReferences"] = {{{"controller", false}}};
  int answers = 0;
  for (const Json& asked :
       {Asked("", "Pod", "CREATE", pod), Asked("", "Namespace", "UPDATE", annotated, annotated),
        Asked("apps", "Deployment", "UPDATE", Workload("Deployment", kIcmp, kIcmp),
              Workload("Deployment", kIcmp, kNone)),
        Asked("batch", "Job", "CREATE", job),
        Asked("batch", "CronJob", "CREATE", CronJob(kIcmp, kIcmp, kIcmp))}) {
    Spoil(asked, Json::json_pointer(), [&](const Json& spoilt) {
      const absl::StatusOr<Review> review = ParseReview(spoilt.dump());
      if (!review.ok()) {
        EXPECT_FALSE(review.status().message().empty());
        return;
      }
      const Verdict verdict = Decide(*review, &annotated, Options());
      EXPECT_EQ(verdict.code != 200, !verdict.message.empty());
      const Json answer = Json::parse(ToAnswer(*review, verdict));
      EXPECT_EQ(answer["response"]["uid"], review->uid);
      if (!verdict.patch.empty()) Patched(review->object, verdict.patch);
      ++answers;
    });
    // The namespace may be anything, too.
    Spoil(annotated, Json::json_pointer(),
          [&](const Json& spoilt) { (void)Decide(ParseReview(asked.dump()).value(), &spoilt, Options()); });
  }
  EXPECT_GT(answers, 100);
}

}  // namespace
}  // namespace nsm::webhook
