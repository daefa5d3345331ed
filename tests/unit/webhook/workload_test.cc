// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/workload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/webhook/annotation.h"
#include "tests/unit/webhook/objects.h"

namespace nsm::webhook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Json Changed(const std::string& kind, const Json& object) {
  const absl::StatusOr<Change> change = ChangeWorkload(kind, object, /*before=*/nullptr, Options());
  EXPECT_TRUE(change.ok()) << change.status();
  return Patched(object, change->patch);
}

std::string Refused(const std::string& kind, const Json& object) {
  return std::string(ChangeWorkload(kind, object, /*before=*/nullptr, Options()).status().message());
}

const Json& Inside(const Json& workload) { return workload["spec"]["template"]["metadata"]["annotations"]; }

TEST(ChangeWorkload, TheAnnotationIsCopiedToWherePodsHaveItFrom) {
  for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}) {
    const Json before = Workload(kind, kIcmp, {{"mine", "yes"}});
    const Json after = Changed(kind, before);
    EXPECT_EQ(Inside(after), (Json{{"mine", "yes"}, {kServices, "icmp@east"}, {kCopied, kind}})) << kind;
    EXPECT_EQ(after["spec"]["template"]["spec"], before["spec"]["template"]["spec"])
        << "no client in a template";
    EXPECT_EQ(Changed(kind, after), after) << "once is enough";
  }
}

TEST(ChangeWorkload, ATemplateWithoutMetadataGetsSome) {
  Json workload = Workload("Deployment", kIcmp, kNone);
  workload["spec"]["template"].erase("metadata");
  EXPECT_EQ(Inside(Changed("Deployment", workload)),
            (Json{{kServices, "icmp@east"}, {kCopied, "Deployment"}}));
}

TEST(ChangeWorkload, OfACronJobAlsoThoseOfItsJobs) {
  for (const Json& object :
       {CronJob(kIcmp, kNone, kNone), CronJob(kNone, kIcmp, kNone), CronJob(kIcmp, kIcmp, kNone)}) {
    const Json job = Changed("CronJob", object)["spec"]["jobTemplate"];
    EXPECT_EQ(Inside(job)[kServices], "icmp@east");
  }
  EXPECT_THAT(Refused("CronJob", CronJob(kIcmp, {{kServices, "other"}}, kNone)),
              HasSubstr("is not the same in metadata and in spec.jobTemplate.metadata"));
}

TEST(ChangeWorkload, TheCopyFollowsItsOriginal) {
  Json workload = Changed("Deployment", Workload("Deployment", kIcmp, kNone));
  workload["metadata"]["annotations"] = {{kServices, "web"}};
  workload = Changed("Deployment", workload);
  EXPECT_EQ(Inside(workload), (Json{{kServices, "web"}, {kCopied, "Deployment"}}));
  workload["metadata"]["annotations"] = {{kServiceUrls, "kernel://web/nsm0"}};
  workload = Changed("Deployment", workload);
  EXPECT_EQ(Inside(workload), (Json{{kServiceUrls, "kernel://web/nsm0"}, {kCopied, "Deployment"}}));
  workload["metadata"]["annotations"] = kNone;
  workload = Changed("Deployment", workload);
  EXPECT_EQ(Inside(workload), kNone);
}

TEST(ChangeWorkload, WhatTheUserWroteInTheTemplateStays) {
  for (const Json& above : {kNone, kIcmp}) {
    const Json workload = Workload("Deployment", above, kIcmp);
    EXPECT_EQ(Changed("Deployment", workload), workload);
  }
}

TEST(ChangeWorkload, WhatAControllerMadeIsLeftAlone) {
  for (const char* kind : {"ReplicaSet", "Job"}) {
    Json workload = Workload(kind, kIcmp, kNone);
    workload["metadata"]["ownerReferences"] = {{{"kind", "x"}}, {{"controller", true}}};
    EXPECT_EQ(Changed(kind, workload), workload) << kind;
    workload["metadata"]["ownerReferences"] = {{{"kind", "x"}}, {{"controller", false}}};
    EXPECT_NE(Changed(kind, workload), workload) << kind;
  }
}

TEST(ChangeWorkload, AJobThatIsThereCannotBeChanged) {
  const Json plain = Workload("Job", kNone, kNone), annotated = Workload("Job", kIcmp, kNone);
  const auto change = ChangeWorkload("Job", annotated, &plain, Options());
  EXPECT_THAT(change->patch, IsEmpty());
  EXPECT_THAT(change->warnings, ElementsAre(HasSubstr("no effect on a Job")));
}

TEST(ChangeWorkload, AJobKeepsItsCopyWhenSomebodyWritesItWithout) {
  const Json written = Workload("Job", kIcmp, kNone), before = Changed("Job", written);
  const auto change = ChangeWorkload("Job", written, &before, Options());
  EXPECT_EQ(Patched(written, change->patch), before);
  EXPECT_THAT(change->warnings, IsEmpty());
}

TEST(ChangeWorkload, RefusesContradictions) {
  EXPECT_THAT(Refused("Deployment", Workload("Deployment", kIcmp, {{kServices, "web"}})),
              HasSubstr("annotation ns.networkservicemesh.io is not the same in metadata and in "
                        "spec.template.metadata: give it once"));
  EXPECT_THAT(Refused("Deployment", Workload("Deployment", kIcmp, {{kServiceUrls, "kernel://icmp/x"}})),
              HasSubstr("annotation ns.networkservicemesh.io in metadata and networkservicemesh.io in "
                        "spec.template.metadata: give one"));
  EXPECT_THAT(Refused("Deployment",
                      Workload("Deployment", {{kServices, "a"}, {kServiceUrls, "kernel://a/b"}}, kNone)),
              HasSubstr("metadata has both annotations"));
}

TEST(ChangeWorkload, RefusesWhatItsPodsWouldBeRefusedFor) {
  EXPECT_THAT(Refused("Deployment", Workload("Deployment", {{kServices, "a/b/c"}}, kNone)),
              HasSubstr("annotation ns.networkservicemesh.io in metadata: entry 1 at character 1"));
  EXPECT_THAT(Refused("Deployment", Workload("Deployment", kNone, {{kServices, "a,b/nsm0"}})),
              HasSubstr("in spec.template.metadata: interface nsm0 is named twice"));
  Json workload = Workload("Deployment", kIcmp, kNone);
  workload["spec"]["template"]["spec"]["hostNetwork"] = true;
  EXPECT_THAT(Refused("Deployment", workload), HasSubstr("in spec.template: spec.hostNetwork is true"));
  workload["spec"].erase("template");
  EXPECT_THAT(Refused("Deployment", workload), HasSubstr("spec.template is missing"));
}

TEST(ChangeWorkload, OthersAreNoMatter) {
  const Json workload = Workload("Deployment", {{"other", "x"}}, kNone);
  EXPECT_EQ(Changed("Deployment", workload), workload);
  EXPECT_TRUE(IsWorkload("apps", "Deployment"));
  EXPECT_TRUE(IsWorkload("batch", "CronJob"));
  EXPECT_FALSE(IsWorkload("example.org", "Deployment"));
  EXPECT_FALSE(IsWorkload("", "Pod"));
}

}  // namespace
}  // namespace nsm::webhook
