// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/watch_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace nsm::kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kStream[] =
    R"({"type":"ADDED","object":{"metadata":{"name":"a\nb","resourceVersion":"5"}}})"
    "\n"
    R"({"type":"BOOKMARK","object":{"kind":"Node","metadata":{"resourceVersion":"9"}}})"
    "\n";

// The versions of the events in what `take` hands over.
std::vector<std::string> Versions(WatchLines& lines, absl::string_view piece) {
  std::vector<std::string> versions;
  const absl::Status status = lines.Take(
      piece, [&versions](const WatchEvent& event) { versions.push_back(ResourceVersion(event.object)); });
  EXPECT_TRUE(status.ok()) << status;
  return versions;
}

TEST(WatchLinesTest, PiecesMayEndAnywhere) {
  const absl::string_view stream = kStream;
  for (size_t first = 0; first <= stream.size(); ++first) {
    WatchLines lines("watching");
    std::vector<std::string> versions = Versions(lines, stream.substr(0, first));
    for (const std::string& version : Versions(lines, stream.substr(first))) versions.push_back(version);
    ASSERT_THAT(versions, ElementsAre("5", "9")) << "cut after " << first;
    ASSERT_TRUE(lines.is_whole());
  }
}

TEST(WatchLinesTest, ALineThatIsCutIsNoEvent) {
  WatchLines lines("watching");
  EXPECT_THAT(Versions(lines, R"({"type":"ADDED","obj)"), ElementsAre());
  EXPECT_FALSE(lines.is_whole());
}

TEST(WatchLinesTest, KnowsTheTypes) {
  auto type_of = [](const std::string& type) {
    auto event = ParseWatchEvent(R"({"type":")" + type + R"(","object":{}})", "watching");
    return event.ok() ? event->type : WatchEvent::Type::kOpened;
  };
  EXPECT_EQ(type_of("ADDED"), WatchEvent::Type::kAdded);
  EXPECT_EQ(type_of("MODIFIED"), WatchEvent::Type::kModified);
  EXPECT_EQ(type_of("DELETED"), WatchEvent::Type::kDeleted);
  EXPECT_EQ(type_of("BOOKMARK"), WatchEvent::Type::kBookmark);
}

TEST(WatchLinesTest, AnErrorEventIsItsStatus) {
  const absl::Status status =
      ParseWatchEvent(
          R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})",
          "watching nodes")
          .status();
  EXPECT_TRUE(absl::IsOutOfRange(status));
  EXPECT_EQ(status.message(), "watching nodes: too old (HTTP 410)");
}

TEST(WatchLinesTest, RubbishEndsTheStream) {
  for (const char* line :
       {"<html>", "{}", "[]", R"({"type":"ADDED","object":5})", R"({"type":"X","object":{}})"}) {
    EXPECT_TRUE(absl::IsUnavailable(ParseWatchEvent(line, "watching").status())) << line;
  }
}

}  // namespace
}  // namespace nsm::kubernetes
