// SPDX-License-Identifier: Apache-2.0
// Owners of what OpenSSL hands out, for those who link it.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace nsm {

template <auto Free>
struct Freed {
  template <typename T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

using UniqueBio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using UniqueKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using UniqueCertificate = std::unique_ptr<X509, Freed<X509_free>>;

// Of a text that outlives it.
inline UniqueBio ReaderOf(const std::string& text) {
  return UniqueBio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// For a key with a password: without it OpenSSL would ask at the terminal.
inline int NoPassword(char*, int, int, void*) { return -1; }

}  // namespace nsm
