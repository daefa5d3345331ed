// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/keeper.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::webhook {
namespace {

// A certificate grows old without anybody telling.
constexpr absl::Duration kLookAgain = absl::Minutes(10);
constexpr absl::Duration kTryAgain = absl::Seconds(5);

const kubernetes::Resource kConfigurations = {.group = "admissionregistration.k8s.io",
                                              .version = "v1",
                                              .plural = "mutatingwebhookconfigurations",
                                              .name_space = ""};

kubernetes::Resource SecretsIn(const std::string& name_space) {
  return {.group = "", .version = "v1", .plural = "secrets", .name_space = name_space};
}

kubernetes::Reflector::Options Only(const kubernetes::Resource& resource, const std::string& name) {
  return {.query = {.resource = resource,
                    .label_selector = "",
                    .field_selector = absl::StrCat("metadata.name=", name)}};
}

}  // namespace

Keeper::Keeper(kubernetes::Api& api, const Clock& clock, Config config, ServedCertificate& certificate)
    : api_(api),
      clock_(clock),
      config_(std::move(config)),
      certificate_(certificate),
      source_(config_.source),
      namespaces_(api, [this] { Wake(); }),
      secret_(config_.source.is_own ? std::make_unique<kubernetes::Reflector>(
                                          api, Only(SecretsIn(config_.name_space), config_.secret),
                                          [this](const std::vector<kubernetes::Change>&) { Wake(); })
                                    : nullptr),
      configuration_(api, Only(kConfigurations, config_.configuration),
                     [this](const std::vector<kubernetes::Change>&) { Wake(); }),
      thread_([this] { Run(); }) {}

Keeper::~Keeper() {
  {
    MutexLock lock(mutex_);
    is_ending_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void Keeper::SetBundle(std::string bundle) {
  MutexLock lock(mutex_);
  source_.bundle = std::move(bundle);
  is_due_ = true;
  changed_.NotifyAll();
}

void Keeper::Wake() {
  MutexLock lock(mutex_);
  is_due_ = true;
  changed_.NotifyAll();
}

void Keeper::Run() {
  absl::Status told;
  absl::Duration pause = absl::ZeroDuration();
  while (Wait(pause)) {
    const absl::Status done = Step();
    if (!done.ok() && done != told)
      spdlog::warn("keeping the webhook's configuration right: {}", done.ToString());
    told = done;
    pause = done.ok() ? kLookAgain : kTryAgain;
  }
}

bool Keeper::Wait(absl::Duration longest) {
  MutexLock lock(mutex_);
  while (!is_due_ && !is_ending_ && changed_.WaitFor(mutex_, longest)) {
  }
  is_due_ = false;
  return !is_ending_;
}

kubernetes::ObjectPtr Keeper::Secret() const {
  return secret_ == nullptr ? nullptr
                            : secret_->Find({.name_space = config_.name_space, .name = config_.secret});
}

absl::Status Keeper::Step() {
  const bool is_known = configuration_.listed() && (secret_ == nullptr || secret_->listed());
  if (!is_known) return absl::OkStatus();  // the first list wakes us
  CertificateSource source;
  {
    MutexLock lock(mutex_);
    source = source_;
  }
  const kubernetes::ObjectPtr secret = Secret();
  const kubernetes::ObjectPtr configuration =
      configuration_.Find({.name_space = "", .name = config_.configuration});
  ASSIGN_OR_RETURN(const Upkeep upkeep, PlanUpkeep({.secret = secret.get(),
                                                    .configuration = configuration.get(),
                                                    .annotated_namespaces = namespaces_.Annotated()},
                                                   source, clock_.Now()));
  if (upkeep.serve && upkeep.serve != served_) {
    RETURN_IF_ERROR(certificate_.Set(*upkeep.serve));
    spdlog::info("another certificate is served from now on");
    served_ = upkeep.serve;
  }
  if (upkeep.secret) RETURN_IF_ERROR(Update(SecretsIn(config_.name_space), "v1", "Secret", *upkeep.secret));
  if (!upkeep.configuration) return absl::OkStatus();
  return Update(kConfigurations, "admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",
                *upkeep.configuration);
}

absl::Status Keeper::Update(const kubernetes::Resource& resource, const char* version, const char* kind,
                            Json object) {
  // Objects of a list lack them.
  object["apiVersion"] = version;
  object["kind"] = kind;
  const absl::Status updated = api_.Update(resource, object).status();
  // Somebody else was first; what they have made of it comes.
  if (absl::IsAborted(updated)) return absl::OkStatus();
  if (updated.ok()) spdlog::info("{} {} put right", kind, kubernetes::Name(object));
  return updated;
}

}  // namespace nsm::webhook
