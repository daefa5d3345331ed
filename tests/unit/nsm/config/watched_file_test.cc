// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/watched_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

class WatchedFileTest : public testing::Test {
 protected:
  static void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }
  // What an editor or a ConfigMap does.
  void RenameIntoPlace(const std::string& text) {
    Write(folder_.Path("new"), text);
    std::filesystem::rename(folder_.Path("new"), path_);
  }
  void Tick() {
    clock_.Advance(absl::Seconds(1));
    timers_.RunDue();
  }
  // Takes anything over but "bad".
  auto Watch() {
    return WatchedFile::Watch("test", path_, clock_, timers_, [this](const std::string& text) {
      if (text == "bad") return absl::InvalidArgumentError("it is bad");
      taken_.Push(text);
      return absl::OkStatus();
    });
  }

  TempFolder folder_;
  std::string path_ = folder_.Path("config");
  FakeClock clock_;
  TimerQueue timers_{clock_};
  BlockingQueue<std::string> taken_;
};

// Nothing here makes time pass.
TEST_F(WatchedFileTest, FollowsTheFileAtOnce) {
  Write(path_, "first");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(taken_.Pop(), "first");
  RenameIntoPlace("second");
  EXPECT_EQ(taken_.Pop(), "second");
  Write(path_, "the third");
  EXPECT_EQ(taken_.Pop(), "the third");
  Tick();
  EXPECT_TRUE(taken_.empty()) << "it is read when it has changed";
}

TEST_F(WatchedFileTest, WhatIsStillWrittenIsNotRead) {
  const std::string other = folder_.Path("other");
  Write(path_, "first");
  Write(other, "0");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(taken_.Pop(), "first");
  BlockingQueue<std::string> others;
  auto other_watch = WatchedFile::Watch("other", other, clock_, timers_, [&others](const std::string& text) {
    others.Push(text);
    return absl::OkStatus();
  });
  others.Pop();
  std::ofstream file(path_);
  file << "half of it, " << std::flush;
  // Both are told of these.
  for (const char* text : {"1", "22", "333", "4444", "55555"}) {
    Write(other, text);
    EXPECT_EQ(others.Pop(), text);
  }
  file << "the rest";
  file.close();
  EXPECT_EQ(taken_.Pop(), "half of it, the rest");
}

TEST_F(WatchedFileTest, WhatNobodyTellsOfIsSeenWithinASecond) {
  const TempFolder elsewhere;
  Write(elsewhere.Path("config"), "first");
  std::filesystem::create_symlink(elsewhere.Path("config"), path_);
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(taken_.Pop(), "first");
  Write(elsewhere.Path("config"), "the second");
  EXPECT_TRUE(taken_.empty());
  Tick();
  EXPECT_EQ(taken_.Pop(), "the second");
}

TEST_F(WatchedFileTest, ABadFileChangesNothing) {
  Write(path_, "first");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(taken_.Pop(), "first");
  RenameIntoPlace("bad");
  Tick();
  std::filesystem::remove(path_);
  Tick();
  EXPECT_TRUE(taken_.empty());
  RenameIntoPlace("fourth");
  EXPECT_EQ(taken_.Pop(), "fourth");
}

TEST_F(WatchedFileTest, ABadFileAtTheStartIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(Watch().status()));
  Write(path_, "bad");
  auto watch = Watch();
  EXPECT_TRUE(absl::IsInvalidArgument(watch.status()));
  EXPECT_NE(watch.status().ToString().find(path_), std::string::npos);
  path_ = folder_.Path("");
  EXPECT_TRUE(absl::IsInvalidArgument(Watch().status())) << "a folder";
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(WatchedFileTest, ItsEndEndsTheTimer) {
  Write(path_, "");
  Watch().value().reset();
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
