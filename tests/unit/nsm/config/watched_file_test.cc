// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/watched_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class WatchedFileTest : public testing::Test {
 protected:
  WatchedFileTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "nsm-file-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "config";
  }
  ~WatchedFileTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& text) { std::ofstream(path_) << text; }
  // What an editor or a ConfigMap does.
  void RenameIntoPlace(const std::string& text) {
    std::ofstream(folder_ / "new") << text;
    std::filesystem::rename(folder_ / "new", path_);
  }
  void Tick() {
    clock_.Advance(absl::Seconds(1));
    timers_.RunDue();
  }
  // Takes anything over but "bad".
  auto Watch() {
    return WatchedFile::Watch("test", path_, clock_, timers_, [this](const std::string& text) {
      if (text == "bad") return absl::InvalidArgumentError("it is bad");
      taken_ = text;
      return absl::OkStatus();
    });
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  FakeClock clock_;
  TimerQueue timers_{clock_};
  std::string taken_;
};

TEST_F(WatchedFileTest, FollowsTheFile) {
  Write("first");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(taken_, "first");
  RenameIntoPlace("second");
  EXPECT_EQ(taken_, "first");
  Tick();
  EXPECT_EQ(taken_, "second");
  taken_ = "nothing new";
  Tick();
  EXPECT_EQ(taken_, "nothing new") << "it is read when it has changed";
  Write("the third");
  Tick();
  EXPECT_EQ(taken_, "the third");
}

TEST_F(WatchedFileTest, ABadFileChangesNothing) {
  Write("first");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  RenameIntoPlace("bad");
  Tick();
  EXPECT_EQ(taken_, "first");
  std::filesystem::remove(path_);
  Tick();
  EXPECT_EQ(taken_, "first");
  RenameIntoPlace("fourth");
  Tick();
  EXPECT_EQ(taken_, "fourth");
}

TEST_F(WatchedFileTest, ABadFileAtTheStartIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(Watch().status()));
  Write("bad");
  auto watch = Watch();
  EXPECT_TRUE(absl::IsInvalidArgument(watch.status()));
  EXPECT_NE(watch.status().ToString().find(path_.string()), std::string::npos);
  path_ = folder_;
  EXPECT_TRUE(absl::IsInvalidArgument(Watch().status())) << "a folder";
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(WatchedFileTest, ItsEndEndsTheTimer) {
  Write("");
  Watch().value().reset();
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
