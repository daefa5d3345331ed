// SPDX-License-Identifier: Apache-2.0
// What a JWT says, by its claims. Signatures are not looked at.
#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace nsm {

// "sub": who made it. None if it is not a JWT with a subject.
std::optional<std::string> TokenSubject(absl::string_view token);

// "iat": when it was made, by its maker's clock. Ours say so, upstream's do not.
std::optional<absl::Time> TokenIssued(absl::string_view token);

}  // namespace nsm
