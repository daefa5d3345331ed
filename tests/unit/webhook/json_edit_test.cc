// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/json_edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::webhook {
namespace {

using testing::HasSubstr;

TEST(Path, IsShownAsPeopleWriteIt) {
  EXPECT_EQ(ToString({"spec", "template"}), "spec.template");
  EXPECT_EQ(ToString({"metadata", "annotations", "a.b/c"}), "metadata.annotations[\"a.b/c\"]");
}

TEST(ParseJson, RefusesWhatIsNoneOrDeep) {
  EXPECT_EQ(ParseJson(R"({"a":[1,"]"]})").value(), (Json{{"a", {1, "]"}}}));
  for (const std::string& text : {std::string(), std::string("{"), std::string("{}x"),
                                  std::string("\"\xff\""), std::string("{\"a\":\0}", 7)}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseJson(text).status())) << text;
  }
  const std::string open(1000000, '['), close(1000000, ']');
  EXPECT_THAT(ParseJson(open).status().message(), HasSubstr("levels"));
  EXPECT_THAT(ParseJson(open + close).status().message(), HasSubstr("levels"));
  EXPECT_TRUE(ParseJson("[" + std::string(1000, '"') + "]").status().message().size() < 100u);
  EXPECT_TRUE(ParseJson(R"(["\"[[[[", "\\"])").ok());
}

TEST(Find, TellsNothingFromSomethingElse) {
  const Json object = {{"spec", {{"list", {1}}, {"none", nullptr}, {"text", "x"}}}};
  EXPECT_EQ(**Find(object, {"spec", "list"}, Json::value_t::array), Json::array({1}));
  for (const Path& path :
       {Path{"other"}, Path{"other", "more"}, Path{"spec", "none"}, Path{"spec", "none", "a"}}) {
    EXPECT_EQ(Find(object, path, Json::value_t::object).value(), nullptr);
  }
  EXPECT_EQ(Find(object, {"spec", "text"}, Json::value_t::array).status(),
            absl::InvalidArgumentError("spec.text is not a list"));
  EXPECT_EQ(Find(object, {"spec", "text", "more"}, Json::value_t::array).status(),
            absl::InvalidArgumentError("spec.text is not an object"));
  EXPECT_EQ(FindTexts(object, {"spec"}).status(), absl::InvalidArgumentError("spec.list is not a text"));
}

TEST(Covers, AllowsMoreMembersAndElementsBetween) {
  const Json wanted = {{"name", "a"}, {"list", {{{"x", 1}}, {{"y", 2}}}}};
  EXPECT_TRUE(Covers(wanted, wanted));
  EXPECT_TRUE(Covers({{"name", "a"}, {"more", 1}, {"list", {{{"x", 1}, {"z", 0}}, 7, {{"y", 2}}}}}, wanted));
  EXPECT_FALSE(Covers({{"name", "a"}, {"list", {{{"y", 2}}, {{"x", 1}}}}}, wanted)) << "another order";
  EXPECT_FALSE(Covers({{"name", "a"}, {"list", {{{"x", 1}}}}}, wanted));
  EXPECT_FALSE(Covers({{"name", "b"}, {"list", wanted["list"]}}, wanted));
  EXPECT_FALSE(Covers(Json::array(), wanted));
}

TEST(JsonEdit, ItsPatchMakesTheSameOfTheObject) {
  const Json before = {{"metadata", {{"labels", nullptr}}}, {"list", {1, 2, 3}}};
  JsonEdit edit(before);
  edit.Set({"metadata", "labels", "a/b~c"}, "x");
  edit.Set({"metadata", "labels", "d"}, "y");
  edit.Set({"spec", "template", "metadata"}, Json::object());
  edit.Insert({"list"}, 0, 0);
  edit.Insert({"list"}, 4, 4);
  edit.Erase({"list"}, 2);
  edit.Insert({"spec", "volumes"}, 0, {{"name", "v"}});
  edit.Remove({"metadata", "labels", "d"});
  const Json after = {
      {"metadata", {{"labels", {{"a/b~c", "x"}}}}},
      {"list", {0, 1, 3, 4}},
      {"spec", {{"template", {{"metadata", Json::object()}}}, {"volumes", Json::array({{{"name", "v"}}})}}}};
  EXPECT_EQ(edit.object(), after);
  EXPECT_EQ(before.patch(edit.patch()), after) << edit.patch().dump(2);
}

}  // namespace
}  // namespace nsm::webhook
