// SPDX-License-Identifier: Apache-2.0
// Addresses of network devices. All functions work in the namespace of the socket.
#pragma once

#include <functional>

#include "absl/status/status.h"
#include "src/core/ids.h"
#include "src/core/ip_address.h"
#include "src/netlink/socket.h"

namespace nsm::netlink {

// What our addresses carry as their origin (IFA_PROTO; kernels before 5.18 do not keep it).
inline constexpr uint8_t kAddressProtocol = 97;

struct Address {
  Ifindex index;
  IpPrefix prefix;
  bool global = false;     // scope universe: neither host nor link
  bool permanent = false;  // not one that the kernel made from a router's advertisement
  bool usable = false;     // neither still being looked for elsewhere nor found there
  bool ours = false;       // of kAddressProtocol
};

// Permanent, and usable at once: without duplicate address detection. Without a route to the rest of its
// prefix, which would be preferred to those of others (route.h). One of the same address that is
// otherwise, or of another length where the kernel has each address once (IPv6), is made anew.
absl::Status EnsureAddress(Socket& socket, Ifindex index, const IpPrefix& prefix);
// The kernel joins the multicast group by which its neighbours find an IPv6 address some time after it has
// the address, and until then the first packet to it waits for a second solicitation. Waits for that, a short
// time.
absl::Status AwaitSolicitable(Socket& socket, Ifindex index, const IpAddress& address);
// Not there, or the link is gone, is fine.
absl::Status RemoveAddress(Socket& socket, Ifindex index, const IpPrefix& prefix);
// Addresses of one link, or of all if `index` is 0. A link that is gone has none.
absl::Status DumpAddresses(Socket& socket, Ifindex index, const std::function<void(const Address&)>& handler);

}  // namespace nsm::netlink
