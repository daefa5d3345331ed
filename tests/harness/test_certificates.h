// SPDX-License-Identifier: Apache-2.0
// A certificate authority that lives as long as a test.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <map>
#include <memory>
#include <string>

namespace nsm {

struct TestCertificate {
  std::string certificate;  // PEM
  std::string key;          // PEM
};

// What is out of the ordinary about a certificate.
struct TestWish {
  std::map<int, std::string> extensions = {};  // by NID
  const char* curve = "P-256";
  long begins = -3600;  // seconds from now
  long ends = 3600;
};

class TestCa {
 public:
  TestCa() : key_(EVP_EC_gen("P-256")), certificate_(New("test CA", key_)) {
    Extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    Extend(certificate_.get(), NID_subject_key_identifier, "hash");
    Sign(certificate_.get());
  }
  // One below another one.
  TestCa(const std::string& name, const TestCa& above)
      : key_(EVP_EC_gen("P-256")), certificate_(above.New(name, key_)) {
    above.Extend(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    above.Extend(certificate_.get(), NID_subject_key_identifier, "hash");
    above.Extend(certificate_.get(), NID_authority_key_identifier, "keyid:always");
    above.Sign(certificate_.get());
  }
  std::string Pem() const { return Text(PEM_write_bio_X509, certificate_.get()); }
  // `names` as in "DNS:api.example,IP:127.0.0.1,IP:::1"; empty for a client.
  TestCertificate Issue(const std::string& common_name, const std::string& names = "",
                        const TestWish& wish = {}) const {
    const Key key(EVP_EC_gen(wish.curve));
    const Certificate certificate = New(common_name, key, wish.begins, wish.ends);
    if (!names.empty()) Extend(certificate.get(), NID_subject_alt_name, names);
    for (const auto& [nid, value] : wish.extensions) Extend(certificate.get(), nid, value);
    // By which it is found among those of the same name.
    Extend(certificate.get(), NID_authority_key_identifier, "keyid:always");
    Sign(certificate.get());
    return {.certificate = Text(PEM_write_bio_X509, certificate.get()), .key = PrivateText(key.get())};
  }

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
  };
  using Key = std::unique_ptr<EVP_PKEY, Free>;
  using Certificate = std::unique_ptr<X509, Free>;

  Certificate New(const std::string& common_name, const Key& key, long begins = -3600,
                  long ends = 3600) const {
    Certificate certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    static int serial = 1;
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), begins);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), ends);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(),
                         certificate_ ? X509_get_subject_name(certificate_.get()) : subject);
    return certificate;
  }
  void Extend(X509* certificate, int nid, const std::string& value) const {
    X509V3_CTX context;
    X509V3_set_ctx(&context, certificate_.get(), certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  void Sign(X509* certificate) const { X509_sign(certificate, key_.get(), EVP_sha256()); }
  template <typename Write>
  static std::string Text(Write write, X509* certificate) {
    std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    write(bio.get(), certificate);
    return Content(bio.get());
  }
  static std::string PrivateText(EVP_PKEY* key) {
    std::unique_ptr<BIO, Free> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return Content(bio.get());
  }
  static std::string Content(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return std::string(data, static_cast<size_t>(size));
  }

  const Key key_;
  const Certificate certificate_;
};

}  // namespace nsm
