// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/store.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace nsm {

template <typename Kind>
absl::StatusOr<Revision> Store<Kind>::Change(const std::string& name, const Decide& decide,
                                             absl::Time deadline) {
  while (true) {
    ASSIGN_OR_RETURN(std::optional<Versioned> known, Get(name));
    ASSIGN_OR_RETURN(std::optional<Entry> wanted, decide(known ? &known->entry : nullptr));
    const Revision revision = known ? known->revision : kNoEntry;
    absl::StatusOr<Revision> changed = kNoEntry;
    if (wanted) {
      changed = PutIf(*std::move(wanted), revision, deadline);
    } else if (known) {
      if (absl::Status removed = RemoveIf(name, revision, deadline); !removed.ok()) changed = removed;
    }
    if (!absl::IsAborted(changed.status())) return changed;
    // Deadlines come from gRPC, which counts real time.
    if (absl::Now() > deadline) {
      return absl::UnavailableError(
          absl::StrCat("changing ", name, ": others were faster each time: ", changed.status().message()));
    }
  }
}

template <typename Kind>
absl::StatusOr<Revision> Store<Kind>::Put(Entry entry, absl::Time deadline) {
  const std::string name = entry.name();
  return Change(
      name, [&entry](const Entry*) { return std::optional(entry); }, deadline);
}

template <typename Kind>
absl::Status Store<Kind>::Remove(const std::string& name, absl::Time deadline) {
  return Change(
             name, [](const Entry*) { return std::optional<Entry>(); }, deadline)
      .status();
}

template class Store<ServiceKind>;
template class Store<EndpointKind>;

}  // namespace nsm
