// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace nsm::registry {
namespace {

bool IsTaken(const std::string& name) {
  static const std::regex subdomain("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");
  return name.size() <= 253 && std::regex_match(name, subdomain);
}

TEST(ObjectName, IsTheEntrysWhereKubernetesTakesIt) {
  for (const char* name : {"a", "nse-1", "icmp-responder.west.test", "7", "a--b", "nse-1-7d4b9c-x2z"}) {
    EXPECT_EQ(ObjectName(name), name);
  }
  EXPECT_EQ(ObjectName(std::string(253, 'a')), std::string(253, 'a'));
}

TEST(ObjectName, OfAnyOtherKubernetesTakesToo) {
  std::set<std::string> made;
  const std::vector<std::string> names = {"A",
                                          "a_b",
                                          "a/b",
                                          "-",
                                          "_",
                                          "",
                                          ".a",
                                          "a.",
                                          "a..b",
                                          "a.-b",
                                          "a-",
                                          "nse@east.test",
                                          "\xc3\xa4",
                                          "a b",
                                          std::string(254, 'a'),
                                          std::string(300, '-'),
                                          std::string(254, 'a') + "b"};
  for (const std::string& name : names) {
    EXPECT_TRUE(IsTaken(ObjectName(name))) << name << ": " << ObjectName(name);
    EXPECT_NE(ObjectName(name), name);
    made.insert(ObjectName(name));
  }
  EXPECT_EQ(made.size(), names.size());
}

TEST(ObjectName, StaysTheSameAndShowsTheEntrys) {
  EXPECT_EQ(ObjectName("My_Endpoint"), "my-endpoint.x-1213627c8b8107b70ab4a193be04b6ad");
}

TEST(ObjectName, NoEntryCanAskForTheNameOfAnother) {
  const std::string made = ObjectName("A");
  EXPECT_NE(ObjectName(made), made);
  EXPECT_TRUE(IsTaken(ObjectName(made)));
}

}  // namespace
}  // namespace nsm::registry
