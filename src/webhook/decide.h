// SPDX-License-Identifier: Apache-2.0
// The webhook's decision on one object. Pure.
#pragma once

#include "src/webhook/client_options.h"
#include "src/webhook/review.h"

namespace nsm::webhook {

// Whether the object's namespace decides: a pod without an annotation of its own is being made.
bool NeedsNamespace(const Review& review);

// `name_space` is the Namespace that the object is in; null where it is not known, which is no matter unless
// NeedsNamespace.
//
// Pods that are made get a client for the services of their own annotation, or else of their namespace's.
// Workloads see ChangeWorkload. Of a Namespace the annotation is checked. What was as bad before an update
// stays admitted, with a warning: else nobody could scale it down or finish its deletion.
Verdict Decide(const Review& review, const Json* name_space, const ClientOptions& options);

}  // namespace nsm::webhook
