// SPDX-License-Identifier: Apache-2.0
// What makes pods from a template: Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, CronJob. Pure.
//
// Their templates get no client. An annotation that is in the object's own metadata is copied into the
// template's, from where each pod has it, and gets its client when it is made. So every pod gets exactly one,
// whichever way it came to be, with today's image and options; what the author keeps in files differs from
// the cluster by two annotations and not by containers; and a rollback brings the annotation of its time.
#pragma once

#include "absl/status/statusor.h"
#include "src/webhook/pod.h"

namespace nsm::webhook {

bool IsWorkload(const std::string& group, const std::string& kind);

// Copies the annotation, takes back a copy whose original is gone, and checks what the template's pods will
// be checked for. `before` is the object as it was, null for one that is made: the template of a Job cannot
// be changed later, only be left as it is. What a controller made from another object (a Deployment's
// ReplicaSet, a CronJob's Job) is left alone: it has to be what that controller wanted, or it makes another,
// and another. INVALID_ARGUMENT: the annotation is bad, or not the same in two places, or its pods would be
// refused.
absl::StatusOr<Change> ChangeWorkload(const std::string& kind, const Json& object, const Json* before,
                                      const ClientOptions& options);

}  // namespace nsm::webhook
