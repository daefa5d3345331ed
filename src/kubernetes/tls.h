// SPDX-License-Identifier: Apache-2.0
// TLS of our side of a connection to an API server.
#pragma once

#include <openssl/types.h>

#include <string>

#include "absl/status/status.h"
#include "src/kubernetes/access.h"

namespace nsm::kubernetes {

// Sets up what `access` says: whom to trust, under which name, and who we are. Files are read here.
// INVALID_ARGUMENT: one of the texts is not what it should be. From now on `refusal`, which must outlive the
// context, says why the server's certificate was refused; it stays empty where it was not.
absl::Status SetUpTls(const Access& access, SSL_CTX* context, std::string* refusal);

}  // namespace nsm::kubernetes
