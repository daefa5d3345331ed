// SPDX-License-Identifier: Apache-2.0
// Prefixes that a file lists and that may change while the program runs.
//
// Threading: thread safe.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"

namespace nsm::nsmgr {

class PrefixList {
 public:
  // The text of a file: YAML with a list "Prefixes" (NSM v1, excluded_prefixes.yaml). An empty text or list
  // has none. INVALID_ARGUMENT, naming the entry, for anything else and for more than a connection may carry.
  static absl::StatusOr<std::vector<IpPrefix>> ParseYaml(const std::string& text);

  void Replace(std::vector<IpPrefix> prefixes) EXCLUDES(mutex_);
  std::vector<IpPrefix> Get() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::vector<IpPrefix> prefixes_ GUARDED_BY(mutex_);
};

}  // namespace nsm::nsmgr
