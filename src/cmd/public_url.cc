// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/public_url.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "src/core/socket_address.h"
#include "src/core/status_macros.h"

namespace nsm::cmd {
namespace {

bool IsLinkLocal(const sockaddr* address) {
  return address->sa_family == AF_INET6 &&
         IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

absl::StatusOr<IpAddress> FirstAddress() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return absl::ErrnoToStatus(errno, "listing this host's addresses");
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(list, &::freeifaddrs);
  std::optional<IpAddress> first_v6;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    std::optional<IpAddress> address = ToIpAddress(entry->ifa_addr);
    if (!address || IsLinkLocal(entry->ifa_addr) || (entry->ifa_flags & IFF_LOOPBACK) != 0) continue;
    if (address->is_v4()) return *address;
    if (!first_v6) first_v6 = address;
  }
  if (first_v6) return *first_v6;
  return absl::FailedPreconditionError(
      "this host has no address that others could reach: name one in --listen-on, as tcp://ADDRESS:PORT");
}

}  // namespace

absl::StatusOr<Url> PublicUrl(const std::vector<Url>& listen_on) {
  if (listen_on.empty()) return absl::InvalidArgumentError("no address to listen on is given");
  auto tcp = std::find_if(listen_on.begin(), listen_on.end(), [](const Url& url) { return !url.is_unix(); });
  Url url = tcp == listen_on.end() ? listen_on.front() : *tcp;
  if (!url.is_unix() &&
      (url.address.host.empty() || url.address.host == "0.0.0.0" || url.address.host == "::")) {
    ASSIGN_OR_RETURN(IpAddress address, FirstAddress());
    url.address.host = address.ToString();
  }
  return url;
}

}  // namespace nsm::cmd
