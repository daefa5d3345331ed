// SPDX-License-Identifier: Apache-2.0
// Which external address stands for which internal one, where the outside sees a domain's nodes by other
// addresses than they have (1:1 NAT).
//
// Threading: thread safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/ip_address.h"
#include "src/core/mutex.h"

namespace nsm {

class AddressMap {
 public:
  using Entries = std::map<IpAddress, IpAddress>;  // internal to external
  // `changed`: those that stand for others than before; an address without an entry stood for itself.
  using OnChange = std::function<void(const Entries& changed)>;

  // The text of a map file: a YAML mapping with a line "internal: external" for each address. An empty one is
  // an empty map. INVALID_ARGUMENT, naming the line's content, for anything else.
  static absl::StatusOr<Entries> ParseYaml(const std::string& text);
  // "10.0.0.1=203.0.113.1", the form of the option that gives a node its own external address.
  static absl::StatusOr<std::pair<IpAddress, IpAddress>> ParsePair(absl::string_view text);

  AddressMap() : AddressMap(Entries()) {}
  // `fixed` stay whatever Replace brings, and win.
  explicit AddressMap(Entries fixed) : fixed_(fixed), entries_(std::move(fixed)) {}
  void Replace(Entries entries) EXCLUDES(mutex_);
  // From now on and for ever, by every Replace that changes anything, when the map says so already.
  void Tell(OnChange on_change) EXCLUDES(mutex_);

  // An address without a mapping stands for itself.
  IpAddress ToExternal(const IpAddress& internal) const EXCLUDES(mutex_);
  // The same for text; what is no address stays as it is.
  std::string ToExternal(const std::string& internal) const EXCLUDES(mutex_);
  // For a URL "tcp://address:port"; anything else stays as it is.
  std::string UrlToExternal(const std::string& url) const EXCLUDES(mutex_);
  bool IsExternal(const IpAddress& address) const EXCLUDES(mutex_);
  Entries entries() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  const Entries fixed_;
  Entries entries_ GUARDED_BY(mutex_);
  std::vector<OnChange> told_ GUARDED_BY(mutex_);
};

// Whether that is one of the internal addresses; what is no address is none.
bool HasInternal(const AddressMap::Entries& entries, const std::string& address);

}  // namespace nsm
