// SPDX-License-Identifier: Apache-2.0
// What API servers ask the webhook about objects that users have written: there is always an answer, the
// patch fits the object, and what has been patched needs no further patch.
#include "src/webhook/annotation.h"
#include "src/webhook/decide.h"
#include "tests/fuzz/target.h"

namespace nsm::fuzz {
namespace {

using webhook::Json;

std::string Asked(const std::string& group, const std::string& kind, const Json& object) {
  return Json{{"apiVersion", "admission.k8s.io/v1"},
              {"kind", "AdmissionReview"},
              {"request",
               {{"uid", "1"},
                {"kind", {{"group", group}, {"kind", kind}}},
                {"namespace", "default"},
                {"operation", "CREATE"},
                {"object", object}}}}
      .dump();
}

class Reviews final : public Target {
 public:
  Reviews() { options_.image = "image"; }

  std::vector<std::string> Seeds() const override {
    const Json guide = {{webhook::kServices, "icmp@east/nsm0?app=a,web"}};
    const Json urls = {{webhook::kServiceUrls, "kernel://icmp@east/nsm-1?a=b"}};
    const Json spec = {{"hostNetwork", false},
                       {"initContainers", Json::array({{{"name", "first"}}})},
                       {"containers", Json::array({{{"name", "app"}}, {{"name", "other"}}})},
                       {"volumes", Json::array({{{"name", "data"}}})}};
    const Json pod = {{"metadata", {{"name", "a"}, {"annotations", guide}}}, {"spec", spec}};
    const Json workload = {
        {"metadata", {{"annotations", urls}}},
        {"spec",
         {{"template", {{"metadata", {{"annotations", {{webhook::kCopied, "x"}}}}}, {"spec", spec}}}}}};
    const Json cron_job = {{"metadata", {{"annotations", guide}}}, {"spec", {{"jobTemplate", workload}}}};
    const webhook::Review review = webhook::ParseReview(Asked("", "Pod", pod)).value();
    const Json patched = pod.patch(webhook::Decide(review, nullptr, options_).patch);
    return {Asked("", "Pod", pod),
            Asked("", "Pod", patched),
            Asked("", "Pod", {{"metadata", {{"name", "a"}}}, {"spec", {{"containers", spec["containers"]}}}}),
            Asked("", "Namespace", {{"metadata", {{"annotations", urls}}}}),
            Asked("apps", "Deployment", workload),
            Asked("batch", "Job", workload),
            Asked("batch", "CronJob", cron_job)};
  }

  void Run(absl::string_view input) override {
    absl::StatusOr<webhook::Review> review = webhook::ParseReview(input);
    if (!review.ok()) return;
    const Json name_space = {{"metadata", {{"annotations", {{webhook::kServices, "web"}}}}}};
    const webhook::Verdict verdict = webhook::Decide(*review, &name_space, options_);
    const Json answer = Json::parse(webhook::ToAnswer(*review, verdict));
    Require(answer["response"]["allowed"] == verdict.message.empty(), "a refusal says why");
    if (verdict.patch.empty()) return;
    review->object = review->object.patch(verdict.patch);
    const webhook::Verdict again = webhook::Decide(*review, &name_space, options_);
    Require(again.message.empty() && again.patch.empty(), "once is enough");
  }

 private:
  webhook::ClientOptions options_;
};

}  // namespace

std::unique_ptr<Target> MakeReviews() { return std::make_unique<Reviews>(); }

}  // namespace nsm::fuzz
