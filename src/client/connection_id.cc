// SPDX-License-Identifier: Apache-2.0
#include "src/client/connection_id.h"

#include "absl/strings/str_cat.h"
#include "src/core/fingerprint.h"

namespace nsm::client {
namespace {

constexpr size_t kLongestName = 128;

}  // namespace

std::string ConnectionId(const ServiceUrl& service, const SessionConfig& config) {
  std::string all;
  // With its length before it no text can be taken for parts of two.
  auto add = [&all](absl::string_view text) { absl::StrAppend(&all, text.size(), ":", text); };
  add(config.name);
  add(service.service);
  add(service.interface);
  add(config.netns_inode_url);
  add(absl::StrCat(config.netns_cookie.value));
  for (const auto& [key, value] : LabelsOf(service, config)) {
    add(key);
    add(value);
  }
  add("routes");
  for (const IpPrefix& route : config.routes) add(route.ToString());
  if (config.default_route == service.interface) add("default route");
  return absl::StrCat(Shortened(config.name, kLongestName), "-", service.interface, "-", Fingerprint(all));
}

}  // namespace nsm::client
