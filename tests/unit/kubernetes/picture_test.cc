// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::kubernetes {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Type = WatchEvent::Type;

Json Object(const std::string& name, const std::string& uid, const std::string& version) {
  return {
      {"metadata", {{"name", name}, {"namespace", "default"}, {"uid", uid}, {"resourceVersion", version}}}};
}

// "+a@1" added, "-a@2" deleted, "a@1>2" updated; then at which version.
std::vector<std::string> ChangeTexts(const std::vector<Change>& changes) {
  std::vector<std::string> texts;
  for (const Change& change : changes) {
    const std::string before = change.before ? ResourceVersion(*change.before) : "";
    const std::string after = change.after ? ResourceVersion(*change.after) : "";
    const std::string name = Name(change.after ? *change.after : *change.before);
    std::string text = before.empty()  ? "+" + name + "@" + after
                       : after.empty() ? "-" + name + "@" + before
                                       : name + "@" + before + ">" + after;
    texts.push_back(text + " at " + change.resource_version);
  }
  return texts;
}

class PictureTest : public testing::Test {
 protected:
  std::vector<std::string> List(std::vector<Json> items, const std::string& version) {
    return ChangeTexts(Replace(picture_, {.items = std::move(items), .resource_version = version}));
  }
  std::vector<std::string> Event(Type type, Json object) {
    return ChangeTexts(Apply(picture_, {.type = type, .object = std::move(object)}));
  }
  Picture picture_;
};

TEST_F(PictureTest, AListSaysWhatIsNewGoneAndChanged) {
  EXPECT_THAT(List({Object("a", "1", "1"), Object("b", "2", "2")}, "5"),
              ElementsAre("+a@1 at 1", "+b@2 at 2"));
  EXPECT_THAT(List({Object("a", "1", "1"), Object("b", "2", "2")}, "6"), IsEmpty());
  EXPECT_THAT(List({Object("b", "2", "7"), Object("c", "3", "8")}, "9"),
              ElementsAre("-a@1 at 9", "b@2>7 at 7", "+c@8 at 8"));
  EXPECT_EQ(picture_.size(), 2u);
}

TEST_F(PictureTest, EventsChangeIt) {
  EXPECT_THAT(Event(Type::kAdded, Object("a", "1", "1")), ElementsAre("+a@1 at 1"));
  EXPECT_THAT(Event(Type::kModified, Object("a", "1", "2")), ElementsAre("a@1>2 at 2"));
  EXPECT_THAT(Event(Type::kDeleted, Object("a", "1", "3")), ElementsAre("-a@2 at 3"));
  EXPECT_THAT(picture_, IsEmpty());
}

TEST_F(PictureTest, WhatIsKnownIsNoChange) {
  List({Object("a", "1", "1")}, "1");
  EXPECT_THAT(Event(Type::kAdded, Object("a", "1", "1")), IsEmpty());
  EXPECT_THAT(Event(Type::kDeleted, Object("x", "9", "2")), IsEmpty());
  EXPECT_THAT(Event(Type::kBookmark, {{"metadata", {{"resourceVersion", "5"}}}}), IsEmpty());
  EXPECT_EQ(picture_.size(), 1u);
}

// While nobody looked, an object was deleted and another of its name made.
TEST_F(PictureTest, AnotherUidIsAnotherObject) {
  List({Object("a", "1", "1")}, "1");
  EXPECT_THAT(List({Object("a", "2", "6")}, "7"), ElementsAre("-a@1 at 6", "+a@6 at 6"));
  EXPECT_THAT(Event(Type::kModified, Object("a", "3", "9")), ElementsAre("-a@6 at 9", "+a@9 at 9"));
}

TEST_F(PictureTest, NamesAreEachNamespacesOwn) {
  Json other = Object("a", "2", "2");
  other["metadata"]["namespace"] = "other";
  List({Object("a", "1", "1"), other}, "2");
  EXPECT_THAT(Event(Type::kDeleted, other), ElementsAre("-a@2 at 2"));
  EXPECT_TRUE(picture_.contains({.name_space = "default", .name = "a"}));
}

}  // namespace
}  // namespace nsm::kubernetes
