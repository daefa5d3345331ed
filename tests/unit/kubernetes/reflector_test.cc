// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/kubernetes/http_api.h"
#include "src/kubernetes/status.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/fake_kubernetes_server.h"
#include "tests/harness/http_test_server.h"

namespace nsm::kubernetes {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Resource kWidgets{
    .group = "example.com", .version = "v1", .plural = "widgets", .name_space = "default"};
constexpr Backoff::Options kAtOnce{.first = absl::Milliseconds(1), .longest = absl::Milliseconds(2)};
// Whoever is told of it waits for gate_.
constexpr char kGate[] = "gate";
using TextList = std::vector<std::string>;

Json Widget(const std::string& name) {
  return {{"apiVersion", "example.com/v1"}, {"kind", "Widget"}, {"metadata", {{"name", name}}}};
}

class ReflectorTest : public testing::Test {
 protected:
  void Follow(Api& api) {
    const Query query{.resource = kWidgets, .label_selector = "", .field_selector = ""};
    reflector_ = std::make_unique<Reflector>(
        api, Reflector::Options{.query = query, .backoff = kAtOnce},
        [this](const std::vector<Change>& changes) {
          TextList texts;
          for (const Change& change : changes) {
            const std::string sign = !change.before ? "+" : !change.after ? "-" : "~";
            texts.push_back(sign + Name(change.after ? *change.after : *change.before));
          }
          told_.Push(texts);
          if (texts == TextList{absl::StrCat("+", kGate)}) gate_.Pop();
        });
  }
  void Follow() { Follow(api_); }
  Json Create(const std::string& name) {
    auto made = api_.Create(kWidgets, Widget(name));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : Json();
  }
  void SetValue(const std::string& name, const std::string& value) {
    auto changed = api_.Patch(kWidgets, name, {{"spec", {{"value", value}}}});
    EXPECT_TRUE(changed.ok()) << changed.status();
  }
  void Delete(const std::string& name) { EXPECT_TRUE(api_.Delete(kWidgets, name, {}).ok()); }
  // What is told next, in one call.
  TextList Told() { return told_.Pop().value_or(TextList{"nothing"}); }
  void AwaitState(absl::StatusCode code) {
    while (reflector_->state().code() != code) std::this_thread::yield();
  }

  FakeApi api_;
  BlockingQueue<TextList> told_;
  BlockingQueue<bool> gate_;
  std::unique_ptr<Reflector> reflector_;
};

TEST_F(ReflectorTest, TellsWhatIsThereInOneAndThenEachChange) {
  Create("a");
  Create("b");
  Follow();
  EXPECT_THAT(Told(), ElementsAre("+a", "+b"));
  Create("c");
  EXPECT_THAT(Told(), ElementsAre("+c"));
  SetValue("a", "1");
  EXPECT_THAT(Told(), ElementsAre("~a"));
  Delete("b");
  EXPECT_THAT(Told(), ElementsAre("-b"));

  EXPECT_EQ(reflector_->picture().size(), 2u);
  ObjectPtr a = reflector_->Find({.name_space = "default", .name = "a"});
  ASSERT_NE(a, nullptr);
  EXPECT_EQ(TextAt(*a, "/spec/value"), "1");
  EXPECT_EQ(reflector_->Find({.name_space = "default", .name = "b"}), nullptr);
}

TEST_F(ReflectorTest, ThatThereIsNothingIsToldToo) {
  Follow();
  EXPECT_THAT(Told(), IsEmpty());
  EXPECT_TRUE(reflector_->listed());
  AwaitState(absl::StatusCode::kOk);
}

TEST_F(ReflectorTest, GoesOnWhereAWatchHasEnded) {
  Follow();
  EXPECT_THAT(Told(), IsEmpty());
  for (int i = 0; i < 3; ++i) {
    api_.AwaitWatches(1);
    api_.EndWatches();
    Create(absl::StrCat("w", i));
    EXPECT_THAT(Told(), ElementsAre(absl::StrCat("+w", i)));
  }
  EXPECT_EQ(api_.calls("list"), 1);
}

TEST_F(ReflectorTest, TheServerMayBeAwayAtTheStart) {
  api_.GoAway();
  Follow();
  api_.AwaitCalls("list", 3);
  EXPECT_FALSE(reflector_->listed());
  EXPECT_TRUE(absl::IsUnavailable(reflector_->state()));
  api_.ComeBack();
  EXPECT_THAT(Told(), IsEmpty());
  AwaitState(absl::StatusCode::kOk);
}

TEST_F(ReflectorTest, WhatHappensWhileTheServerCannotBeReachedIsToldAfterwards) {
  Create("a");
  Follow();
  EXPECT_THAT(Told(), ElementsAre("+a"));
  api_.AwaitWatches(1);
  api_.GoAway();
  AwaitState(absl::StatusCode::kUnavailable);
  EXPECT_EQ(reflector_->picture().size(), 1u) << "what is known stays";
  api_.ComeBack();
  Create("b");
  EXPECT_THAT(Told(), ElementsAre("+b"));
  AwaitState(absl::StatusCode::kOk);
  EXPECT_EQ(api_.calls("list"), 1) << "the watch goes on";
}

TEST_F(ReflectorTest, ListsAgainWhereTheServerHasForgotten) {
  Create("a");
  Create("b");
  Follow();
  EXPECT_THAT(Told(), ElementsAre("+a", "+b"));
  api_.AwaitWatches(1);
  api_.FailNext("watch", absl::UnavailableError("broke off"));
  api_.FailNext("watch", absl::OutOfRangeError("too old resource version"));
  api_.FailNext("list", absl::UnavailableError("busy"));
  api_.EndWatches();
  api_.AwaitCalls("list", 3);
  Create("c");
  EXPECT_THAT(Told(), ElementsAre("+c"));
}

TEST_F(ReflectorTest, AListAfterAGapTellsTheDifference) {
  for (const char* name : {"a", "b", "c"}) Create(name);
  Follow();
  EXPECT_THAT(Told(), ElementsAre("+a", "+b", "+c"));
  api_.AwaitWatches(1);
  Create(kGate);
  EXPECT_THAT(Told(), ElementsAre(absl::StrCat("+", kGate)));
  // Nobody is told of this while it happens.
  SetValue("a", "1");
  Delete("b");
  Delete("c");
  Create("c");
  Create("d");
  api_.Compact();
  api_.EndWatches();
  gate_.Push(true);
  EXPECT_THAT(Told(), ElementsAre("-b", "~a", "-c", "+c", "+d"));
}

// With a bookmark the version that is watched from moves on although nothing of ours has happened.
TEST_F(ReflectorTest, BookmarksKeepAWatchYoung) {
  Follow();
  EXPECT_THAT(Told(), IsEmpty());
  api_.AwaitWatches(1);
  ASSERT_TRUE(api_.Create({.group = "", .version = "v1", .plural = "others", .name_space = ""},
                          {{"apiVersion", "v1"}, {"kind", "Other"}, {"metadata", {{"name", "x"}}}})
                  .ok());
  api_.SendBookmarks();
  api_.AwaitTold();
  api_.Compact();
  api_.EndWatches();
  Create("a");
  EXPECT_THAT(Told(), ElementsAre("+a"));
  EXPECT_EQ(api_.calls("list"), 1);
}

TEST_F(ReflectorTest, EndsAtOnceWhileItWatches) {
  Follow();
  EXPECT_THAT(Told(), IsEmpty());
  api_.AwaitWatches(1);
  reflector_.reset();
  api_.AwaitWatches(0);
}

TEST_F(ReflectorTest, EndsAtOnceWhileItPauses) {
  api_.FailNext("list", WithRetryAfter(absl::UnavailableError("busy"), absl::Hours(24)));
  Follow();
  AwaitState(absl::StatusCode::kUnavailable);
  reflector_.reset();
}

TEST_F(ReflectorTest, EndsAtOnceWhileAListHangs) {
  BlockingQueue<bool> asked;
  HttpTestServer server([&](const TestRequest&, TestExchange& exchange) {
    asked.Push(true);
    exchange.AwaitClose();
  });
  Access access;
  access.server = {.host = "127.0.0.1", .port = server.port()};
  access.tls = false;
  auto client = NewHttpApi(access, {.call_timeout = absl::Hours(1)});
  Follow(*client);
  EXPECT_TRUE(asked.Pop());
  reflector_.reset();
}

TEST_F(ReflectorTest, FollowsThroughHttpWhileConnectionsBreak) {
  FakeApiServer server(api_);
  auto client = NewHttpApi(server.access());
  Follow(*client);
  EXPECT_THAT(Told(), IsEmpty());
  for (int i = 0; i < 10; ++i) {
    const std::string name = absl::StrCat("w", i);
    Create(name);
    server.CutAll();
    EXPECT_THAT(Told(), ElementsAre("+" + name));
  }
  EXPECT_EQ(api_.calls("list"), 1);
  reflector_.reset();
}

}  // namespace
}  // namespace nsm::kubernetes
