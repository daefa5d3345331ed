// SPDX-License-Identifier: Apache-2.0
#include "src/core/url.h"

#include <gtest/gtest.h>

#include "src/core/ids.h"

namespace nsm {
namespace {

TEST(HostPort, TakesNamesAndBothKindsOfAddress) {
  EXPECT_EQ(*HostPort::Parse("example.org"), (HostPort{"example.org", 0}));
  EXPECT_EQ(*HostPort::Parse("192.0.2.1:5005"), (HostPort{"192.0.2.1", 5005}));
  EXPECT_EQ(*HostPort::Parse("[2001:db8::1]:5005"), (HostPort{"2001:db8::1", 5005}));
  EXPECT_EQ(*HostPort::Parse("2001:db8::1"), (HostPort{"2001:db8::1", 0}));
  EXPECT_EQ(HostPort::Parse("[2001:db8::1]:5005")->ToString(), "[2001:db8::1]:5005");
  EXPECT_EQ(HostPort::Parse("[192.0.2.1]:5005")->ToString(), "192.0.2.1:5005");
  for (const char* text : {"host:0", "host:65536", "host:", "host:x", "[::1", "[::1]x", "[host]:1"}) {
    EXPECT_FALSE(HostPort::Parse(text).ok()) << text;
  }
}

TEST(Url, KnowsItsSchemes) {
  EXPECT_EQ(Url::Parse("unix:///run/nsm.sock")->ToGrpcTarget(), "unix:/run/nsm.sock");
  EXPECT_EQ(Url::Parse("tcp://:5001")->ToGrpcTarget(), "[::]:5001");
  EXPECT_EQ(Url::Parse("registry:5000")->ToString(), "tcp://registry:5000");
  for (const char* text : {"unix://relative", "tcp://host", "http://host:80", ""}) {
    EXPECT_FALSE(Url::Parse(text).ok()) << text;
  }
}

TEST(NetnsInode, IsAnInodeUrlOnTheWire) {
  EXPECT_EQ(*NetnsInode::ParseUrl("inode://4/4026531840"), (NetnsInode{4, 4026531840}));
  EXPECT_EQ((NetnsInode{4, 4026531840}).ToUrl(), "inode://4/4026531840");
  for (const char* text : {"", "inode://4", "inode://x/1", "file:///proc/self/ns/net", "inode://4/1x"}) {
    EXPECT_FALSE(NetnsInode::ParseUrl(text).ok()) << text;
  }
}

TEST(Vni, Has24Bits) {
  EXPECT_EQ(Vni::Parse("16777215")->value, 16777215u);
  for (const char* text : {"0", "16777216", "-1", "", "a"}) EXPECT_FALSE(Vni::Parse(text).ok()) << text;
}

}  // namespace
}  // namespace nsm
