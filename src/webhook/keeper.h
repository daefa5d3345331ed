// SPDX-License-Identifier: Apache-2.0
// Keeps the webhook's certificate, the Secret that it is kept in, and the webhook's
// MutatingWebhookConfiguration right: follows them and the namespaces, and does what PlanUpkeep says, on a
// thread of its own. The API server may be away; what is served goes on.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "src/core/clock.h"
#include "src/core/mutex.h"
#include "src/kubernetes/api.h"
#include "src/kubernetes/reflector.h"
#include "src/webhook/namespaces.h"
#include "src/webhook/served_certificate.h"
#include "src/webhook/upkeep.h"

namespace nsm::webhook {

// Threading: thread safe.
class Keeper {
 public:
  struct Config {
    std::string name_space;  // that the webhook runs in
    std::string secret;      // there; not used where the certificate is somebody else's
    std::string configuration;
    CertificateSource source;
  };

  Keeper(kubernetes::Api& api, const Clock& clock, Config config, ServedCertificate& certificate);
  ~Keeper();

  // Somebody else's certificate is now signed by these.
  void SetBundle(std::string bundle) EXCLUDES(mutex_);

  const Namespaces& namespaces() const { return namespaces_; }

 private:
  void Wake() EXCLUDES(mutex_);
  void Run() EXCLUDES(mutex_);
  // False at the end of this object.
  bool Wait(absl::Duration longest) EXCLUDES(mutex_);
  absl::Status Step() EXCLUDES(mutex_);
  kubernetes::ObjectPtr Secret() const;
  absl::Status Update(const kubernetes::Resource& resource, const char* version, const char* kind,
                      Json object);

  kubernetes::Api& api_;
  const Clock& clock_;
  const Config config_;
  ServedCertificate& certificate_;
  std::optional<KeyPair> served_;  // the thread's own
  mutable Mutex mutex_;
  CondVar changed_;
  CertificateSource source_ GUARDED_BY(mutex_);
  bool is_due_ GUARDED_BY(mutex_) = true;
  bool is_ending_ GUARDED_BY(mutex_) = false;
  // These wake the thread, which uses them.
  const Namespaces namespaces_;
  const std::unique_ptr<kubernetes::Reflector> secret_;
  const kubernetes::Reflector configuration_;
  std::thread thread_;
};

}  // namespace nsm::webhook
