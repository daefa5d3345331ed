// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/certificate.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <ctime>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "src/core/ip_address.h"
#include "src/core/status_macros.h"
#include "src/webhook/pem.h"

namespace nsm::webhook {
namespace {

constexpr int kVersion3 = 2;
// RFC 5280: 20 bytes at most, and positive.
constexpr int kSerialBits = 159;
constexpr char kBegin[] = "-----BEGIN CERTIFICATE-----";
constexpr char kEnd[] = "-----END CERTIFICATE-----";

struct Extension {
  int id;
  std::string value;  // as in OpenSSL's x509v3_config
};

// Who signs; the certificate itself where it is its own issuer.
struct Signer {
  X509* certificate;
  EVP_PKEY* key;
};

std::string Written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

absl::StatusOr<KeyPair> ToPem(X509* certificate, EVP_PKEY* key) {
  const UniqueBio certificate_text(BIO_new(BIO_s_mem())), key_text(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_text.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_text.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return OpensslError("writing a certificate and its key");
  }
  return KeyPair{Written(certificate_text.get()), Written(key_text.get())};
}

bool SetSerial(X509* certificate) {
  const std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_new());
  return BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool SetName(X509* certificate, const std::string& name) {
  return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1;
}

bool SetLifetime(X509* certificate, const Lifetime& lifetime) {
  return ASN1_TIME_set(X509_getm_notBefore(certificate), absl::ToTimeT(lifetime.from)) != nullptr &&
         ASN1_TIME_set(X509_getm_notAfter(certificate), absl::ToTimeT(lifetime.to)) != nullptr;
}

bool AddExtension(X509* certificate, X509* issuer, const Extension& extension) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> made(
      X509V3_EXT_conf_nid(nullptr, &context, extension.id, extension.value.c_str()));
  return made != nullptr && X509_add_ext(certificate, made.get(), -1) == 1;
}

absl::StatusOr<KeyPair> Make(const std::string& name, const Lifetime& lifetime,
                             const std::vector<Extension>& extensions, const Signer* issuer) {
  const UniqueKey key(EVP_EC_gen("P-256"));
  const UniqueCertificate certificate(X509_new());
  if (key == nullptr || certificate == nullptr) return OpensslError("making a key");
  X509* made = certificate.get();
  const Signer signer = issuer != nullptr ? *issuer : Signer{made, key.get()};
  bool is_made = X509_set_version(made, kVersion3) == 1 && SetSerial(made) && SetName(made, name) &&
                 SetLifetime(made, lifetime) && X509_set_pubkey(made, key.get()) == 1 &&
                 X509_set_issuer_name(made, X509_get_subject_name(signer.certificate)) == 1;
  for (const Extension& extension : extensions) {
    is_made = is_made && AddExtension(made, signer.certificate, extension);
  }
  if (!is_made || X509_sign(made, signer.key, EVP_sha256()) == 0) {
    return OpensslError(absl::StrCat("making a certificate for ", name));
  }
  return ToPem(made, key.get());
}

// As x509v3_config has it, in which a comma or a colon would mean something.
absl::StatusOr<std::string> AlternativeName(const std::string& name) {
  if (IpAddress::Parse(name).ok()) return absl::StrCat("IP:", name);
  const bool is_dns = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.';
  });
  if (is_dns) return absl::StrCat("DNS:", name);
  return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is neither a DNS name nor an IP address"));
}

bool HasName(X509* certificate, const std::string& name) {
  if (IpAddress::Parse(name).ok()) return X509_check_ip_asc(certificate, name.c_str(), 0) == 1;
  return X509_check_host(certificate, name.data(), name.size(), X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
                         nullptr) == 1;
}

absl::StatusOr<absl::Time> ToTime(const ASN1_TIME* time) {
  std::tm parts = {};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return OpensslError("reading a certificate's lifetime");
  return absl::FromTM(parts, absl::UTCTimeZone());
}

}  // namespace

absl::StatusOr<KeyPair> MakeAuthority(const std::string& name, const Lifetime& lifetime) {
  return Make(name, lifetime,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"},
               {NID_subject_key_identifier, "hash"}},
              nullptr);
}

absl::StatusOr<KeyPair> MakeServerCertificate(const KeyPair& authority, const std::vector<std::string>& names,
                                              const Lifetime& lifetime) {
  if (names.empty()) return absl::InvalidArgumentError("a server's certificate needs a name");
  std::vector<std::string> alternatives;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(std::string alternative, AlternativeName(name));
    alternatives.push_back(std::move(alternative));
  }
  ASSIGN_OR_RETURN(const UniqueCertificate issuer, ReadCertificate(authority.certificate));
  ASSIGN_OR_RETURN(const UniqueKey issuer_key, ReadKey(authority.key));
  const Signer signer{issuer.get(), issuer_key.get()};
  return Make("nsm-webhook", lifetime,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_subject_key_identifier, "hash"},
               {NID_authority_key_identifier, "keyid:always"},
               {NID_subject_alt_name, absl::StrJoin(alternatives, ",")}},
              &signer);
}

absl::StatusOr<Lifetime> LifetimeOf(const std::string& certificate) {
  ASSIGN_OR_RETURN(const UniqueCertificate read, ReadCertificate(certificate));
  ASSIGN_OR_RETURN(const absl::Time from, ToTime(X509_get0_notBefore(read.get())));
  ASSIGN_OR_RETURN(const absl::Time to, ToTime(X509_get0_notAfter(read.get())));
  return Lifetime{from, to};
}

absl::Status CheckKey(const KeyPair& pair) {
  ASSIGN_OR_RETURN(const UniqueCertificate certificate, ReadCertificate(pair.certificate));
  ASSIGN_OR_RETURN(const UniqueKey key, ReadKey(pair.key));
  if (X509_check_private_key(certificate.get(), key.get()) == 1) return absl::OkStatus();
  return OpensslError("the key is not the certificate's");
}

absl::Status CheckServerCertificate(const std::string& certificate, const std::string& authority,
                                    const std::vector<std::string>& names) {
  ASSIGN_OR_RETURN(const UniqueCertificate server, ReadCertificate(certificate));
  ASSIGN_OR_RETURN(const UniqueCertificate issuer, ReadCertificate(authority));
  if (X509_check_issued(issuer.get(), server.get()) != X509_V_OK ||
      X509_verify(server.get(), X509_get0_pubkey(issuer.get())) != 1) {
    return OpensslError("the authority has not signed the certificate");
  }
  for (const std::string& name : names) {
    if (!HasName(server.get(), name)) {
      return absl::InvalidArgumentError(absl::StrCat("the certificate is not for ", name));
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> SplitCertificates(const std::string& pem) {
  std::vector<std::string> certificates;
  for (size_t at = 0; (at = pem.find(kBegin, at)) != std::string::npos;) {
    const size_t end = pem.find(kEnd, at);
    if (end == std::string::npos) break;
    certificates.push_back(absl::StrCat(pem.substr(at, end - at), kEnd, "\n"));
    at = end;
  }
  return certificates;
}

}  // namespace nsm::webhook
