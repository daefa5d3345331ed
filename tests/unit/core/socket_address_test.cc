// SPDX-License-Identifier: Apache-2.0
#include "src/core/socket_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

namespace nsm {
namespace {

TEST(SocketAddress, ComesBackAsTheAddressThatItWas) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "0.0.0.0", "::"}) {
    const IpAddress address = *IpAddress::Parse(text);
    EXPECT_EQ(ToIpAddress(SocketAddress(address, 7).get()), address) << text;
  }
}

TEST(SocketAddress, HasFamilySizeAndPort) {
  const SocketAddress v4(*IpAddress::Parse("192.0.2.1"), 4789);
  EXPECT_EQ(v4.family(), AF_INET);
  EXPECT_EQ(v4.size(), sizeof(sockaddr_in));
  EXPECT_EQ(reinterpret_cast<const sockaddr_in*>(v4.get())->sin_port, htons(4789));
  const SocketAddress v6(*IpAddress::Parse("2001:db8::1"), 4789);
  EXPECT_EQ(v6.family(), AF_INET6);
  EXPECT_EQ(v6.size(), sizeof(sockaddr_in6));
  EXPECT_EQ(reinterpret_cast<const sockaddr_in6*>(v6.get())->sin6_port, htons(4789));
}

TEST(SocketAddress, IsNoneOfAnotherFamily) {
  const sockaddr local = {.sa_family = AF_UNIX, .sa_data = {}};
  EXPECT_EQ(ToIpAddress(&local), std::nullopt);
  EXPECT_EQ(ToIpAddress(nullptr), std::nullopt);
}

}  // namespace
}  // namespace nsm
