// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/pod_doors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "src/nsm/config/pod_folder.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/temp_folder.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Pod kClient = {.name = "client", .name_space = "ns", .uid = "1", .service_account = "default"};
const Pod kEndpoint = {.name = "endpoint", .name_space = "ns", .uid = "2", .service_account = "default"};

TEST(PodDoorPlan, OpensWhatIsMissingAndClosesWhatIsGone) {
  const PodDoorPlan plan =
      PlanPodDoors({{"a", kClient}, {"b", kEndpoint}}, {{"b", kEndpoint}, {"c", kClient}});
  EXPECT_EQ(plan, (PodDoorPlan{.close = {"c"}, .open = {{"a", kClient}}}));
}

TEST(PodDoorPlan, AFolderThatIsAnothersNowIsClosedFirst) {
  EXPECT_EQ(PlanPodDoors({{"a", kEndpoint}}, {{"a", kClient}}),
            (PodDoorPlan{.close = {"a"}, .open = {{"a", kEndpoint}}}));
  EXPECT_EQ(PlanPodDoors({{"a", kClient}}, {{"a", kClient}}), PodDoorPlan());
}

TEST(PodDoor, IsOnePodsAndShowsNothingOfOthers) {
  const Door door = MakePodDoor("/pods", "a", kClient);
  EXPECT_TRUE(Check(door).ok()) << Check(door);
  EXPECT_EQ(door.url.ToString(), "unix:///pods/a/nsm.io.sock");
  EXPECT_EQ(door.entrants, Entrants::kPod);
  EXPECT_EQ(*door.pod, kClient);
  EXPECT_FALSE(door.services.contains(Behind::kIntrospection));
}

struct House final : PodDoors::House {
  absl::Status Open(const Door& door) override {
    if (door.pod->name == refused) {
      refused.clear();
      return absl::UnavailableError("not now");
    }
    said.Push("open " + door.pod->name);
    return absl::OkStatus();
  }
  void Close(const Door& door, bool is_last) override {
    said.Push("close " + door.pod->name + (is_last ? ", its last" : ""));
  }
  BlockingQueue<std::string> said;
  std::string refused;  // once
};

class PodDoorsTest : public testing::Test {
 protected:
  PodDoorsTest() { EXPECT_TRUE(EnsurePodsFolder(pods_).ok()); }
  void Come(const std::string& key, const Pod& pod) { EXPECT_TRUE(WritePodFile(pods_, key, pod).ok()); }
  void Go(const std::string& key) { std::filesystem::remove(PodFilePath(pods_, key)); }
  std::unique_ptr<PodDoors> Follow() {
    auto doors = PodDoors::Follow(pods_, house_);
    EXPECT_TRUE(doors.ok()) << doors.status();
    return *std::move(doors);
  }

  const TempFolder folder_;
  const std::string pods_ = folder_.Path("pods");
  House house_;
};

TEST_F(PodDoorsTest, FollowThePods) {
  Come("a", kClient);
  auto doors = Follow();
  EXPECT_EQ(house_.said.Pop(), "open client") << "who was there before";
  Come("b", kEndpoint);
  EXPECT_EQ(house_.said.Pop(), "open endpoint");
  Come("c", kClient);
  EXPECT_EQ(house_.said.Pop(), "open client") << "it has two volumes";
  Go("a");
  EXPECT_EQ(house_.said.Pop(), "close client");
  Go("c");
  EXPECT_EQ(house_.said.Pop(), "close client, its last");
  EXPECT_THAT(doors->open(), ElementsAre(Pair("b", kEndpoint)));
}

TEST_F(PodDoorsTest, StartedAgainTheyAreAllOpened) {
  Come("a", kClient);
  Follow().reset();
  EXPECT_EQ(house_.said.Pop(), "open client");
  Follow();
  EXPECT_EQ(house_.said.Pop(), "open client");
}

TEST_F(PodDoorsTest, WhatFailsIsTriedAgain) {
  house_.refused = "client";
  Come("a", kClient);
  auto doors = Follow();
  EXPECT_EQ(house_.said.Pop(), "open client");
}

TEST_F(PodDoorsTest, ADamagedFileClosesNoDoor) {
  Come("a", kClient);
  auto doors = Follow();
  EXPECT_EQ(house_.said.Pop(), "open client");
  std::ofstream(PodFilePath(pods_, "torn")) << "{";
  std::filesystem::rename(PodFilePath(pods_, "torn"), PodFilePath(pods_, "a"));
  Come("b", kEndpoint);
  EXPECT_EQ(house_.said.Pop(), "open endpoint");
  EXPECT_TRUE(doors->open().contains("a"));
}

TEST_F(PodDoorsTest, AFolderThatOthersMayEnterIsNotFollowed) {
  std::filesystem::permissions(pods_, std::filesystem::perms::all);
  EXPECT_TRUE(absl::IsPermissionDenied(PodDoors::Follow(pods_, house_).status()));
}

}  // namespace
}  // namespace nsm::nsmgr
