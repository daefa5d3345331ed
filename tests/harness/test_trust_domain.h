// SPDX-License-Identifier: Apache-2.0
// A trust domain that lives as long as a test.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "src/nsm/identity/spiffe_identity.h"
#include "tests/harness/test_certificates.h"

namespace nsm {

class TestTrustDomain {
 public:
  explicit TestTrustDomain(std::string name) : name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  const TestCa& ca() const { return ca_; }
  std::string Id(const std::string& path) const { return "spiffe://" + name_ + "/" + path; }
  TestCertificate Issue(const std::string& path, const TestWish& wish = {}) const {
    return ca_.Issue("workload", "URI:" + Id(path), wish);
  }
  std::shared_ptr<const Svid> SvidOf(const std::string& path, const TestWish& wish = {}) const {
    const TestCertificate issued = Issue(path, wish);
    return Svid::FromPem(issued.certificate, issued.key).value();
  }
  void AddTo(TrustBundles& bundles) const { bundles.Add(name_, CertificatesOfPem(ca_.Pem()).value()); }

 private:
  const std::string name_;
  const TestCa ca_;
};

// Bundles of these domains.
template <typename... Domain>
std::shared_ptr<const TrustBundles> BundlesOf(const Domain&... domains) {
  auto bundles = std::make_shared<TrustBundles>();
  (domains.AddTo(*bundles), ...);
  return bundles;
}

}  // namespace nsm
