// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/insecure_identity.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "src/nsm/identity/token_metadata.h"

namespace nsm {

InsecureIdentity::InsecureIdentity(absl::string_view name, absl::Duration token_lifetime, const Clock& clock)
    : id_(absl::StrCat("insecure:", name)),
      header_(absl::WebSafeBase64Escape(R"({"alg":"none","typ":"JWT"})")),
      subject_(nlohmann::json(id_).dump()),
      token_lifetime_(token_lifetime),
      clock_(clock) {}

std::shared_ptr<grpc::ServerCredentials> InsecureIdentity::ForServer(Peers) {
  return grpc::InsecureServerCredentials();
}

std::shared_ptr<grpc::ChannelCredentials> InsecureIdentity::ForChannel(Peers) {
  return grpc::InsecureChannelCredentials();
}

void InsecureIdentity::Prepare(grpc::ClientContext& call) const {
  for (auto& [key, value] : MetadataOf(Make())) call.AddMetadata(key, value);
}

Token InsecureIdentity::Make() const {
  const absl::Time now = clock_.Now();
  const absl::Time expires = TokenEnd(now + token_lifetime_);
  const std::string claims = absl::StrCat(R"({"exp":)", absl::ToUnixSeconds(expires), R"(,"iat":)",
                                          absl::ToUnixSeconds(now), R"(,"sub":)", subject_, "}");
  return {.text = absl::StrCat(header_, ".", absl::WebSafeBase64Escape(claims), "."), .expires = expires};
}

}  // namespace nsm
