// SPDX-License-Identifier: Apache-2.0
#include "src/registry/object_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ObjectTableTest : public testing::Test {
 protected:
  using Table = ObjectTable<EndpointKind>;
  std::vector<std::string> Set(const std::string& name_space, const std::string& object,
                               const std::string& entry, const std::string& revision = "1") {
    Table::Object made;
    made.json = std::make_shared<kubernetes::Json>(kubernetes::Json{
        {"metadata", {{"namespace", name_space}, {"name", object}, {"resourceVersion", revision}}}});
    if (!entry.empty()) made.entry = Endpoint(entry);
    return table_.Set(std::move(made));
  }
  std::string Of(const std::string& name) const {
    const Table::Object* object = table_.Of(name);
    return object == nullptr ? "" : object->key().name_space + "/" + object->key().name;
  }

  Table table_{"nsm-system"};
};

TEST_F(ObjectTableTest, TellsWhoseNamesMayMeanAnotherObject) {
  EXPECT_THAT(Set("x", "a", "a"), ElementsAre("a"));
  EXPECT_THAT(Set("x", "a", "a", "2"), ElementsAre("a"));
  EXPECT_THAT(Set("x", "a", "b", "3"), ElementsAre("a", "b"));
  EXPECT_EQ(Of("a"), "");
  EXPECT_EQ(table_.Of("b")->revision(), "3");
  EXPECT_THAT(table_.Erase({"x", "a"}), ElementsAre("b"));
  EXPECT_THAT(table_.Erase({"x", "a"}), IsEmpty());
}

TEST_F(ObjectTableTest, OursCountsBeforeTheOthers) {
  Set("a-first", "e", "e");
  Set("z-last", "e", "e");
  EXPECT_EQ(Of("e"), "a-first/e");
  EXPECT_EQ(table_.OursOf("e"), nullptr);
  Set("nsm-system", "by-hand", "e");
  EXPECT_EQ(Of("e"), "nsm-system/by-hand");
  Set("nsm-system", "e", "e");
  EXPECT_EQ(Of("e"), "nsm-system/e");
  EXPECT_EQ(table_.OursOf("e")->key().name, "e");
  table_.Erase({"nsm-system", "e"});
  table_.Erase({"nsm-system", "by-hand"});
  EXPECT_EQ(Of("e"), "a-first/e");
}

TEST_F(ObjectTableTest, WhatHasEndedDoesNotCount) {
  Set("nsm-system", "e", "e");
  Set("other", "e", "e");
  EXPECT_THAT(table_.End({"nsm-system", "e"}), ElementsAre("e"));
  EXPECT_EQ(Of("e"), "other/e");
  EXPECT_EQ(table_.OursOf("e")->key().name_space, "nsm-system") << "it is still to be replaced";
  Set("nsm-system", "e", "e", "2");
  EXPECT_EQ(Of("e"), "nsm-system/e");
}

TEST_F(ObjectTableTest, WhatMakesNoEntryIsKnownByItsKeyAlone) {
  EXPECT_THAT(Set("x", "a", ""), IsEmpty());
  EXPECT_EQ(Of("a"), "");
  EXPECT_NE(table_.Find({"x", "a"}), nullptr);
  EXPECT_THAT(table_.End({"x", "a"}), IsEmpty());
  EXPECT_THAT(Set("x", "a", "e"), ElementsAre("e"));
}

TEST(ObjectTableOfServices, OneWithMatchesCountsBeforeOneWithout) {
  ObjectTable<ServiceKind> table("nsm-system");
  auto set = [&table](const std::string& name_space, NetworkService entry) {
    auto json = std::make_shared<kubernetes::Json>(
        kubernetes::Json{{"metadata", {{"namespace", name_space}, {"name", entry.name()}}}});
    table.Set({.json = json, .entry = std::move(entry)});
  };
  NetworkService with_matches = Service("ns");
  with_matches.add_matches()->add_routes();
  set("nsm-system", Service("ns"));
  set("default", with_matches);
  EXPECT_EQ(table.Of("ns")->key().name_space, "default");
  EXPECT_EQ(table.OursOf("ns")->key().name_space, "nsm-system") << "that is what we write to";
  set("nsm-system", with_matches);
  EXPECT_EQ(table.Of("ns")->key().name_space, "nsm-system");
  table.Erase({"nsm-system", "ns"});
  EXPECT_EQ(table.Of("ns")->key().name_space, "default");
  EXPECT_EQ(table.OursOf("ns"), nullptr);
}

}  // namespace
}  // namespace nsm::registry
