// SPDX-License-Identifier: Apache-2.0
// The two macros that every function returning absl::Status needs.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define NSM_CONCAT_INNER(a, b) a##b
#define NSM_CONCAT(a, b) NSM_CONCAT_INNER(a, b)

// Returns the status of `expr` from the enclosing function unless it is OK.
#define RETURN_IF_ERROR(expr)                                     \
  do {                                                            \
    if (absl::Status status_macro = (expr); !status_macro.ok()) { \
      return status_macro;                                        \
    }                                                             \
  } while (false)

// Evaluates `expr` (a StatusOr), returns its status if it failed, else moves the value to `lhs`.
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_INNER(NSM_CONCAT(statusor_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_INNER(statusor, lhs, expr) \
  auto statusor = (expr);                           \
  if (!statusor.ok()) return statusor.status();     \
  lhs = *std::move(statusor)
