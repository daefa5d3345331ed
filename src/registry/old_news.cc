// SPDX-License-Identifier: Apache-2.0
#include "src/registry/old_news.h"

#include "google/protobuf/util/message_differencer.h"
#include "src/core/status_macros.h"

namespace nsm::registry {
namespace {

bool IsSameService(NetworkService a, NetworkService b) {
  a.clear_path_ids();
  b.clear_path_ids();
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace

absl::StatusOr<NetworkService> OldNews::Register(Context& context, Entry entry,
                                                 RegistryNext<ServiceKind> next) {
  ASSIGN_OR_RETURN(auto known, store_.Get(entry.name()));
  if (known && IsSameService(known->entry, entry)) return entry;
  return next.Register(context, std::move(entry));
}

}  // namespace nsm::registry
