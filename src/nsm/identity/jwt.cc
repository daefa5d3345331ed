// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/jwt.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"
#include "src/core/openssl_handles.h"
#include "src/core/status_macros.h"

namespace nsm {
namespace {

constexpr char kHeader[] = R"({"alg":"ES256","typ":"JWT"})";
constexpr int kHalf = 32;  // bytes of each of the two numbers of a signature

using UniqueDigest = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using UniqueSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;
using UniqueNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL has a signature as DER, a token as two numbers of a fixed size.
absl::StatusOr<std::string> ToFixed(const std::vector<unsigned char>& der) {
  const unsigned char* at = der.data();
  const UniqueSignature signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  std::string fixed(2 * kHalf, '\0');
  auto* to = reinterpret_cast<unsigned char*>(fixed.data());
  if (signature == nullptr || BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), to, kHalf) != kHalf ||
      BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), to + kHalf, kHalf) != kHalf) {
    return absl::InternalError("signing a token: not a signature of P-256");
  }
  return fixed;
}

std::vector<unsigned char> ToDer(absl::string_view fixed) {
  const UniqueSignature signature(ECDSA_SIG_new());
  UniqueNumber r(BN_bin2bn(Bytes(fixed), kHalf, nullptr));
  UniqueNumber s(BN_bin2bn(Bytes(fixed) + kHalf, kHalf, nullptr));
  ECDSA_SIG_set0(signature.get(), r.release(), s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  std::vector<unsigned char> copy(der, der + (size > 0 ? size : 0));
  OPENSSL_free(der);
  return copy;
}

absl::Status NotSigned(absl::string_view why) {
  return absl::PermissionDeniedError(absl::StrCat("token: ", why));
}

bool IsEs256(absl::string_view header) {
  std::string text;
  if (!absl::WebSafeBase64Unescape(header, &text)) return false;
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return false;
  auto algorithm = json.find("alg");
  return algorithm != json.end() && *algorithm == "ES256";
}

}  // namespace

absl::StatusOr<std::string> SignJwt(absl::string_view claims, EVP_PKEY& key) {
  const std::string signed_part =
      absl::StrCat(absl::WebSafeBase64Escape(kHeader), ".", absl::WebSafeBase64Escape(claims));
  const UniqueDigest digest(EVP_MD_CTX_new());
  size_t size = EVP_PKEY_get_size(&key) > 0 ? static_cast<size_t>(EVP_PKEY_get_size(&key)) : 0;
  std::vector<unsigned char> der(size);
  const bool is_signed =
      EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
      EVP_DigestSign(digest.get(), der.data(), &size, Bytes(signed_part), signed_part.size()) == 1;
  ERR_clear_error();
  if (!is_signed) return absl::InternalError("signing a token: OpenSSL refused");
  der.resize(size);
  ASSIGN_OR_RETURN(const std::string signature, ToFixed(der));
  return absl::StrCat(signed_part, ".", absl::WebSafeBase64Escape(signature));
}

absl::Status CheckSignature(absl::string_view jwt, EVP_PKEY& key) {
  const std::vector<absl::string_view> parts = absl::StrSplit(jwt, '.');
  if (parts.size() != 3) return NotSigned("not a JWT");
  if (!IsEs256(parts[0])) return NotSigned("its algorithm is not ES256");
  std::string signature;
  if (!absl::WebSafeBase64Unescape(parts[2], &signature) || signature.size() != size_t{2 * kHalf}) {
    return NotSigned("it has no signature");
  }
  const std::vector<unsigned char> der = ToDer(signature);
  const absl::string_view signed_part = jwt.substr(0, parts[0].size() + 1 + parts[1].size());
  const UniqueDigest digest(EVP_MD_CTX_new());
  const bool is_good =
      EVP_DigestVerifyInit(digest.get(), nullptr, EVP_sha256(), nullptr, &key) == 1 &&
      EVP_DigestVerify(digest.get(), der.data(), der.size(), Bytes(signed_part), signed_part.size()) == 1;
  ERR_clear_error();
  return is_good ? absl::OkStatus() : NotSigned("the signature is not that of its maker's certificate");
}

}  // namespace nsm
