// SPDX-License-Identifier: Apache-2.0
#include "src/core/ip_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm {
namespace {

using testing::HasSubstr;

TEST(IpAddress, ParsesAndPrints) {
  EXPECT_EQ(IpAddress::Parse("192.0.2.1")->ToString(), "192.0.2.1");
  EXPECT_EQ(IpAddress::Parse("2001:db8::1")->ToString(), "2001:db8::1");
  EXPECT_EQ(IpAddress::Parse("2001:db8::1")->ToUrlHost(), "[2001:db8::1]");
  EXPECT_THAT(IpAddress::Parse("192.0.2.256").status().message(), HasSubstr("192.0.2.256"));
  EXPECT_FALSE(IpAddress::Parse("").ok());
  EXPECT_FALSE(IpAddress::Parse(absl::string_view("1.2.3.4\0x", 9)).ok());
}

TEST(IpAddress, MappedBytesGoBothWays) {
  for (const char* text : {"192.0.2.1", "2001:db8::1", "0.0.0.0", "::"}) {
    IpAddress address = *IpAddress::Parse(text);
    EXPECT_EQ(IpAddressFromMappedBytes(address.MappedBytes()), address) << text;
  }
}

TEST(IpPrefix, RefusesWhatIsNoPrefix) {
  for (const char* text :
       {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/+8", "2001:db8::/129", "/8"}) {
    EXPECT_FALSE(IpPrefix::Parse(text).ok()) << text;
  }
}

TEST(IpPrefix, ContainsOwnFamilyOnly) {
  IpPrefix prefix = *IpPrefix::Parse("10.1.2.3/16");
  EXPECT_TRUE(prefix.Contains(*IpAddress::Parse("10.1.255.255")));
  EXPECT_FALSE(prefix.Contains(*IpAddress::Parse("10.2.0.0")));
  EXPECT_FALSE(prefix.Contains(*IpAddress::Parse("::ffff:10.1.0.0")));
  EXPECT_TRUE(prefix.Contains(*IpPrefix::Parse("10.1.9.0/24")));
  EXPECT_FALSE(prefix.Contains(*IpPrefix::Parse("10.0.0.0/8")));
  EXPECT_EQ(prefix.Masked().ToString(), "10.1.0.0/16");
  EXPECT_TRUE(IpPrefix::Parse("0.0.0.0/0")->Contains(*IpAddress::Parse("255.1.2.3")));
}

}  // namespace
}  // namespace nsm
