// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/address_map_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

class AddressMapFileTest : public testing::Test {
 protected:
  AddressMapFileTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "nsm-map-XXXXXX").string();
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ / "map.yaml";
  }
  ~AddressMapFileTest() override { std::filesystem::remove_all(folder_); }

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
  auto Watch() { return AddressMapFile::Watch(path_, clock_, timers_, map_); }
  std::string External() { return map_.ToExternal(std::string("10.0.0.1")); }

  std::filesystem::path folder_;
  std::filesystem::path path_;
  FakeClock clock_;
  TimerQueue timers_{clock_};
  AddressMap map_;
};

TEST_F(AddressMapFileTest, FollowsTheFile) {
  Write("10.0.0.1: 203.0.113.1");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(External(), "203.0.113.1");
  RenameIntoPlace("10.0.0.1: 203.0.113.2");
  EXPECT_EQ(External(), "203.0.113.1");
  Tick();
  EXPECT_EQ(External(), "203.0.113.2");
  Write("10.0.0.1: 203.0.113.33");
  Tick();
  EXPECT_EQ(External(), "203.0.113.33");
}

TEST_F(AddressMapFileTest, ABadFileChangesNothing) {
  Write("10.0.0.1: 203.0.113.1");
  auto watch = Watch();
  ASSERT_TRUE(watch.ok()) << watch.status();
  RenameIntoPlace("10.0.0.1: nonsense");
  Tick();
  EXPECT_EQ(External(), "203.0.113.1");
  std::filesystem::remove(path_);
  Tick();
  EXPECT_EQ(External(), "203.0.113.1");
  RenameIntoPlace("10.0.0.1: 203.0.113.4");
  Tick();
  EXPECT_EQ(External(), "203.0.113.4");
}

TEST_F(AddressMapFileTest, ABadFileAtTheStartIsAnError) {
  EXPECT_TRUE(absl::IsNotFound(Watch().status()));
  Write("nonsense");
  auto watch = Watch();
  EXPECT_TRUE(absl::IsInvalidArgument(watch.status()));
  EXPECT_NE(watch.status().ToString().find(path_.string()), std::string::npos);
  path_ = folder_;
  EXPECT_TRUE(absl::IsInvalidArgument(Watch().status())) << "a folder";
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(AddressMapFileTest, ItsEndEndsTheTimer) {
  Write("");
  Watch().value().reset();
  EXPECT_EQ(timers_.size(), 0u);
}

}  // namespace
}  // namespace nsm
