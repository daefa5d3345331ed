// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/certificates.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

using UniqueNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

UniqueBio Writer() { return UniqueBio(BIO_new(BIO_s_mem())); }

std::string Written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, size > 0 ? static_cast<size_t>(size) : 0);
}

absl::Status Refused(absl::string_view why) {
  return absl::PermissionDeniedError(absl::StrCat("certificate: ", why));
}

// The URIs among its alternative names.
std::vector<std::string> UrisOf(const X509& certificate) {
  std::vector<std::string> uris;
  const UniqueNames names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, /*crit=*/nullptr, /*idx=*/nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_URI) continue;
    const ASN1_IA5STRING* uri = name->d.uniformResourceIdentifier;
    uris.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(uri)), ASN1_STRING_length(uri));
  }
  return uris;
}

}  // namespace

absl::StatusOr<Certificates> CertificatesOfPem(const std::string& pem) {
  Certificates certificates;
  const UniqueBio bio = ReaderOf(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, &NoPassword, nullptr)) {
    certificates.emplace_back(certificate);
  }
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (certificates.empty()) return absl::InvalidArgumentError("no certificate in it (PEM)");
  if (!is_at_end) return absl::InvalidArgumentError("one of the certificates is damaged (PEM)");
  return certificates;
}

absl::StatusOr<Certificates> CertificatesOfDer(absl::string_view der) {
  Certificates certificates;
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* const end = at + der.size();
  while (at < end) {
    X509* certificate = d2i_X509(nullptr, &at, end - at);
    if (certificate == nullptr) {
      ERR_clear_error();
      return absl::InvalidArgumentError("one of the certificates is damaged (DER)");
    }
    certificates.emplace_back(certificate);
  }
  if (certificates.empty()) return absl::InvalidArgumentError("no certificate in it (DER)");
  return certificates;
}

std::string ToPem(const Certificates& certificates) {
  const UniqueBio bio = Writer();
  for (const UniqueCertificate& certificate : certificates) PEM_write_bio_X509(bio.get(), certificate.get());
  return Written(bio.get());
}

std::string ToDer(const Certificates& certificates) {
  const UniqueBio bio = Writer();
  for (const UniqueCertificate& certificate : certificates) i2d_X509_bio(bio.get(), certificate.get());
  return Written(bio.get());
}

std::string KeyToPem(const EVP_PKEY& key) {
  const UniqueBio bio = Writer();
  PEM_write_bio_PKCS8PrivateKey(bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return Written(bio.get());
}

absl::Time EndOf(const X509& certificate) {
  std::tm time = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &time) != 1) return absl::InfinitePast();
  return absl::FromTM(time, absl::UTCTimeZone());
}

absl::StatusOr<SpiffeId> IdOfLeaf(const X509& leaf) {
  const std::vector<std::string> uris = UrisOf(leaf);
  if (uris.empty()) return Refused("it names no SPIFFE ID");
  if (uris.size() > 1) return Refused("it has more than one URI");
  absl::StatusOr<SpiffeId> id = SpiffeId::Parse(uris.front());
  if (!id.ok()) return Refused(id.status().message());
  if (id->path.empty()) return Refused("its SPIFFE ID has no path");
  // Extensions are looked at by a function that notes what it saw.
  auto* noting = const_cast<X509*>(&leaf);
  if (X509_check_ca(noting) != 0) return Refused("it is an authority's");
  const uint32_t usage = X509_get_key_usage(noting);
  const bool says_usage = (X509_get_extension_flags(noting) & EXFLAG_KUSAGE) != 0;
  if (says_usage && (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0) {
    return Refused("its key may sign certificates");
  }
  return id;
}

}  // namespace nsm
