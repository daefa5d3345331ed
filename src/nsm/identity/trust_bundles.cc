// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/trust_bundles.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

using UniqueStoreContext = std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>>;

void FreeStack(STACK_OF(X509) * stack) { sk_X509_free(stack); }
using UniqueStack = std::unique_ptr<STACK_OF(X509), Freed<FreeStack>>;

}  // namespace

void TrustBundles::Add(const std::string& trust_domain, Certificates authorities) {
  const std::shared_ptr<X509_STORE> store(X509_STORE_new(), &X509_STORE_free);
  for (const UniqueCertificate& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  // What is given is trusted, though it be no root.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  ERR_clear_error();
  bundles_[trust_domain] = {.store = store, .pem = nsm::ToPem(authorities)};
}

absl::StatusOr<SpiffeId> TrustBundles::Verify(const Certificates& chain) const {
  if (chain.empty()) return absl::PermissionDeniedError("certificate: none was shown");
  ASSIGN_OR_RETURN(SpiffeId id, IdOfLeaf(*chain.front()));
  auto bundle = bundles_.find(id.trust_domain);
  if (bundle == bundles_.end()) {
    return absl::PermissionDeniedError(
        absl::StrCat("trust domain: there is no bundle of ", id.trust_domain, ", of which ", id.ToString(),
                     " is; trusted are those of --trust-bundles or of the Workload API"));
  }
  const UniqueStack between(sk_X509_new_null());
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
  const UniqueStoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), bundle->second.store.get(), chain.front().get(), between.get());
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_ANY);
  const bool is_good = X509_verify_cert(context.get()) == 1;
  const int error = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (is_good) return id;
  return absl::PermissionDeniedError(
      absl::StrCat("certificate: that of ", id.ToString(), ": ", X509_verify_cert_error_string(error)));
}

std::vector<std::string> TrustBundles::trust_domains() const {
  std::vector<std::string> names;
  for (const auto& [name, bundle] : bundles_) names.push_back(name);
  return names;
}

std::string TrustBundles::ToPem(const std::string& trust_domain) const {
  auto bundle = bundles_.find(trust_domain);
  return bundle == bundles_.end() ? "" : bundle->second.pem;
}

bool TrustBundles::operator==(const TrustBundles& other) const {
  return std::equal(
      bundles_.begin(), bundles_.end(), other.bundles_.begin(), other.bundles_.end(),
      [](const auto& a, const auto& b) { return a.first == b.first && a.second.pem == b.second.pem; });
}

}  // namespace nsm
