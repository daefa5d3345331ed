// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/ip_address.h"
#include "src/core/openssl_handles.h"
#include "src/core/status_macros.h"

namespace nsm::kubernetes {
namespace {

absl::StatusOr<std::vector<UniqueCertificate>> ParseCertificates(const std::string& pem,
                                                                 absl::string_view what) {
  std::vector<UniqueCertificate> certificates;
  const UniqueBio bio = ReaderOf(pem);
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(certificate);
  }
  ERR_clear_error();  // the end of the text is one
  if (certificates.empty()) return absl::InvalidArgumentError(absl::StrCat(what, ": no certificate in it"));
  return certificates;
}

absl::Status TrustCa(const TextSource& ca, SSL_CTX* context) {
  if (ca.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const std::string pem, ca.Read());
  ASSIGN_OR_RETURN(const auto certificates, ParseCertificates(pem, "the certificate authority"));
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  for (const UniqueCertificate& certificate : certificates) X509_STORE_add_cert(store, certificate.get());
  // What is given is trusted, though it be no root.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return absl::OkStatus();
}

int NoteRefusal(int verified, X509_STORE_CTX* store_context) {
  if (verified != 1) {
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store_context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* refusal = static_cast<std::string*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    *refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store_context));
  }
  return verified;
}

absl::Status Verify(const Access& access, SSL_CTX* context) {
  RETURN_IF_ERROR(TrustCa(access.ca, context));
  const std::string& name = access.server_name.empty() ? access.server.host : access.server_name;
  X509_VERIFY_PARAM* parameters = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(parameters,
                                  X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  const bool is_address = IpAddress::Parse(name).ok();
  if ((is_address ? X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str())
                  : X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size())) != 1) {
    return absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is no name for a certificate"));
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &NoteRefusal);
  return absl::OkStatus();
}

absl::Status Identify(const Access& access, SSL_CTX* context) {
  if (access.certificate.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string certificate_pem, access.certificate.Read());
  ASSIGN_OR_RETURN(const std::string key_pem, access.key.Read());
  ASSIGN_OR_RETURN(const auto certificates, ParseCertificates(certificate_pem, "the client certificate"));
  const UniqueKey key(PEM_read_bio_PrivateKey(ReaderOf(key_pem).get(), nullptr, &NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) {
    return absl::InvalidArgumentError("the client key: not a key, or one with a password");
  }
  SSL_CTX_use_certificate(context, certificates.front().get());
  for (size_t i = 1; i < certificates.size(); ++i) SSL_CTX_add1_chain_cert(context, certificates[i].get());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    ERR_clear_error();
    return absl::InvalidArgumentError("the client key is not that of the client certificate");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SetUpTls(const Access& access, SSL_CTX* context, std::string* refusal) {
  SSL_CTX_set_app_data(context, refusal);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Connections that were cut off are not said farewell to.
  SSL_CTX_set_quiet_shutdown(context, 1);
  if (access.verify) RETURN_IF_ERROR(Verify(access, context));
  return Identify(access, context);
}

}  // namespace nsm::kubernetes
