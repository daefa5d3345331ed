// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/own_domains.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

TEST(OwnDomains, KnowsNamesAndExternalAddresses) {
  AddressMap addresses({{IpAddress::Parse("10.0.0.1").value(), IpAddress::Parse("203.0.113.1").value()},
                        {IpAddress::Parse("fd00::1").value(), IpAddress::Parse("2001:db8::1").value()}});
  OwnDomains own({"East.Example", "198.51.100.7"}, addresses);
  for (const char* domain : {"east.example", "EAST.EXAMPLE.", "east.example:5005", "203.0.113.1",
                             "203.0.113.1:7000", "tcp://203.0.113.1:5002", "[2001:DB8:0::1]",
                             "[2001:db8::1]:5005", "tcp://[2001:db8::1]:5002", "198.51.100.7"}) {
    EXPECT_TRUE(own.IsOwn(domain)) << domain;
  }
  // Internal addresses are no names of a domain: others may have the same.
  for (const char* domain :
       {"west.example", "example", "sub.east.example", "10.0.0.1", "203.0.113.2", "[2001:db8::2]:5005", ""}) {
    EXPECT_FALSE(own.IsOwn(domain)) << domain;
  }
}

}  // namespace
}  // namespace nsm
