// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/address_map.h"
#include "tests/harness/ip.h"

#include <gtest/gtest.h>

namespace nsm {
namespace {

TEST(AddressMap, ReadsYaml) {
  auto entries = AddressMap::ParseYaml("# nodes\n10.0.0.1: 203.0.113.1\n\"fd00::1\": \"2001:db8::1\"\n");
  ASSERT_TRUE(entries.ok()) << entries.status();
  EXPECT_EQ(*entries,
            (AddressMap::Entries{{Ip("10.0.0.1"), Ip("203.0.113.1")}, {Ip("fd00::1"), Ip("2001:db8::1")}}));
  EXPECT_TRUE(AddressMap::ParseYaml("").value().empty());
}

TEST(AddressMap, RefusesBadFiles) {
  for (const char* text : {"10.0.0.1", "- 10.0.0.1", "10.0.0.1: node", "node: 10.0.0.1", "10.0.0.1: [a]",
                           "a: b: c", "{", "10.0.0.1:", "10.0.0.1: 203.0.113.1\nx"}) {
    EXPECT_FALSE(AddressMap::ParseYaml(text).ok()) << text;
  }
}

TEST(AddressMap, ReadsPairs) {
  EXPECT_EQ(AddressMap::ParsePair("10.0.0.1=203.0.113.1").value(),
            std::make_pair(Ip("10.0.0.1"), Ip("203.0.113.1")));
  for (const char* text : {"", "10.0.0.1", "10.0.0.1=", "a=b", "10.0.0.1=203.0.113.1=x"}) {
    EXPECT_FALSE(AddressMap::ParsePair(text).ok()) << text;
  }
}

TEST(AddressMap, AnAddressWithoutMappingStaysAsItIs) {
  AddressMap map(AddressMap::Entries{{Ip("10.0.0.1"), Ip("203.0.113.1")}});
  EXPECT_EQ(map.ToExternal(std::string("10.0.0.1")), "203.0.113.1");
  EXPECT_EQ(map.ToExternal(std::string("10.0.0.2")), "10.0.0.2");
  EXPECT_EQ(map.ToExternal(std::string("")), "");
  EXPECT_EQ(map.UrlToExternal("tcp://10.0.0.1:5001"), "tcp://203.0.113.1:5001");
  EXPECT_EQ(map.UrlToExternal("tcp://10.0.0.2:5001"), "tcp://10.0.0.2:5001");
  EXPECT_EQ(map.UrlToExternal("tcp://node:5001"), "tcp://node:5001");
  EXPECT_EQ(map.UrlToExternal("unix:///10.0.0.1"), "unix:///10.0.0.1");
  EXPECT_EQ(map.UrlToExternal("inode://4/1"), "inode://4/1");
}

TEST(AddressMap, FixedEntriesStayAndWin) {
  AddressMap map(AddressMap::Entries{{Ip("10.0.0.1"), Ip("203.0.113.1")}});
  map.Replace({{Ip("10.0.0.1"), Ip("198.51.100.1")}, {Ip("10.0.0.2"), Ip("203.0.113.2")}});
  EXPECT_EQ(map.ToExternal(Ip("10.0.0.1")), Ip("203.0.113.1"));
  EXPECT_EQ(map.ToExternal(Ip("10.0.0.2")), Ip("203.0.113.2"));
  EXPECT_TRUE(map.IsExternal(Ip("203.0.113.2")));
  EXPECT_FALSE(map.IsExternal(Ip("10.0.0.2")));
  map.Replace({});
  EXPECT_FALSE(map.IsExternal(Ip("203.0.113.2")));
  EXPECT_TRUE(map.IsExternal(Ip("203.0.113.1")));
}

TEST(AddressMap, TellsWhatIsNewAndThatSomethingIsGone) {
  AddressMap map(AddressMap::Entries{{Ip("10.0.0.1"), Ip("203.0.113.1")}});
  std::vector<AddressMap::Entries> told;
  map.Tell([&](const AddressMap::Entries& changed) {
    told.push_back(changed);
    EXPECT_EQ(map.ToExternal(Ip("10.0.0.3")), Ip("203.0.113.3")) << "it says so already";
  });
  const std::pair third{Ip("10.0.0.3"), Ip("203.0.113.3")};
  map.Replace({{Ip("10.0.0.2"), Ip("203.0.113.2")}, third});
  EXPECT_EQ(told.back(), (AddressMap::Entries{{Ip("10.0.0.2"), Ip("203.0.113.2")}, third}));
  map.Replace({{Ip("10.0.0.2"), Ip("203.0.113.9")}, third});
  EXPECT_EQ(told.back(), (AddressMap::Entries{{Ip("10.0.0.2"), Ip("203.0.113.9")}}));
  map.Replace({third});
  EXPECT_EQ(told.back(), AddressMap::Entries());
  map.Replace({third, {Ip("10.0.0.1"), Ip("203.0.113.1")}});
  EXPECT_EQ(told.size(), 3u) << "the same again";
}

// Nothing that was said by such an address has become wrong.
TEST(AddressMap, AnAddressThatStandsForItselfIsNoChange) {
  AddressMap map;
  std::vector<AddressMap::Entries> told;
  map.Tell([&](const AddressMap::Entries& changed) { told.push_back(changed); });
  map.Replace({{Ip("10.0.0.1"), Ip("10.0.0.1")}, {Ip("10.0.0.2"), Ip("203.0.113.2")}});
  EXPECT_EQ(told.back(), (AddressMap::Entries{{Ip("10.0.0.2"), Ip("203.0.113.2")}}));
  map.Replace({{Ip("10.0.0.1"), Ip("10.0.0.1")}, {Ip("10.0.0.2"), Ip("10.0.0.2")}});
  EXPECT_EQ(told.back(), (AddressMap::Entries{{Ip("10.0.0.2"), Ip("10.0.0.2")}}));
  EXPECT_TRUE(map.IsExternal(Ip("10.0.0.1"))) << "but the domain is known by it";
}

}  // namespace
}  // namespace nsm
