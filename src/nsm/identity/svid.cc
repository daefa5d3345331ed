// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/svid.h"

#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/nsm/identity/certificates.h"

namespace nsm {
namespace {

bool IsOnP256(const EVP_PKEY& key) {
  char group[32] = {};
  size_t size = 0;
  return EVP_PKEY_get_group_name(&key, group, sizeof(group), &size) == 1 &&
         absl::string_view(group, size) == SN_X9_62_prime256v1;
}

absl::StatusOr<std::shared_ptr<const Svid>> Make(Certificates chain, UniqueKey key) {
  ERR_clear_error();
  if (key == nullptr) return absl::InvalidArgumentError("the key: not one, or one with a password");
  const X509& leaf = *chain.front();
  absl::StatusOr<SpiffeId> id = IdOfLeaf(leaf);
  if (!id.ok()) return absl::InvalidArgumentError(id.status().message());
  const bool belongs = X509_check_private_key(&leaf, key.get()) == 1;
  ERR_clear_error();
  if (!belongs) return absl::InvalidArgumentError("the key is not that of the certificate");
  if (!IsOnP256(*key)) return absl::InvalidArgumentError("the key is not on the curve P-256");
  auto svid = std::make_shared<Svid>();
  svid->id = *std::move(id);
  svid->chain_pem = ToPem(chain);
  svid->chain_der = ToDer(chain);
  svid->key_pem = KeyToPem(*key);
  svid->key = std::move(key);
  svid->end = EndOf(leaf);
  return svid;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Svid>> Svid::FromPem(const std::string& chain, const std::string& key) {
  ASSIGN_OR_RETURN(Certificates certificates, CertificatesOfPem(chain));
  return Make(std::move(certificates),
              UniqueKey(PEM_read_bio_PrivateKey(ReaderOf(key).get(), nullptr, &NoPassword, nullptr)));
}

absl::StatusOr<std::shared_ptr<const Svid>> Svid::FromDer(absl::string_view chain, absl::string_view key) {
  ASSIGN_OR_RETURN(Certificates certificates, CertificatesOfDer(chain));
  const auto* at = reinterpret_cast<const unsigned char*>(key.data());
  return Make(std::move(certificates),
              UniqueKey(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(key.size()))));
}

}  // namespace nsm
