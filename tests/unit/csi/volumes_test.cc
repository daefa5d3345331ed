// SPDX-License-Identifier: Apache-2.0
#include "src/csi/volumes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "src/nsm/config/pod_folder.h"
#include "tests/harness/fake_mounts.h"
#include "tests/harness/temp_folder.h"

namespace nsm::csi {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

class VolumesTest : public testing::Test {
 protected:
  PodVolume Volume(const std::string& key, const std::string& name) const {
    return {.key = key,
            .target = folder_.Path("kubelet/" + name),
            .read_only = name == "client",
            .pod = {.name = name, .name_space = "ns", .uid = name + "-uid", .service_account = "default"}};
  }
  std::map<std::string, Pod> Known() const { return ListPodFiles(pods_)->pods; }
  std::string Room(const std::string& key) const { return PodFolderPath(pods_, key); }

  const TempFolder folder_;
  const std::string pods_ = folder_.Path("pods");
  FakeMounts mounts_;
  Volumes volumes_{pods_, mounts_};
  const PodVolume client_ = Volume("a", "client"), endpoint_ = Volume("b", "endpoint");
};

TEST_F(VolumesTest, EachPodIsShownItsOwnRoom) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  ASSERT_TRUE(volumes_.Publish(endpoint_).ok());
  EXPECT_THAT(mounts_.rooms, UnorderedElementsAre(Room("a"), Room("b")));
  EXPECT_EQ(mounts_.shown.at(client_.target), (FakeMounts::Shown{Room("a"), true}));
  EXPECT_EQ(mounts_.shown.at(endpoint_.target), (FakeMounts::Shown{Room("b"), false}));
  EXPECT_THAT(Known(), UnorderedElementsAre(Pair("a", client_.pod), Pair("b", endpoint_.pod)));
  EXPECT_EQ(std::filesystem::status(pods_).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(VolumesTest, PublishedAgainIsTheSame) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  Volumes started_again(pods_, mounts_);
  ASSERT_TRUE(started_again.Recover().ok());
  ASSERT_TRUE(started_again.Publish(client_).ok());
  EXPECT_THAT(mounts_.shown, ElementsAre(Pair(client_.target, FakeMounts::Shown{Room("a"), true})));
}

TEST_F(VolumesTest, UnpublishLeavesNothing) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  ASSERT_TRUE(volumes_.Publish(endpoint_).ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(volumes_.Unpublish("a", client_.target).ok());
    EXPECT_THAT(mounts_.rooms, ElementsAre(Room("b")));
    EXPECT_FALSE(mounts_.shown.contains(client_.target));
    EXPECT_FALSE(std::filesystem::exists(client_.target));
    EXPECT_FALSE(std::filesystem::exists(Room("a")));
    EXPECT_THAT(Known(), ElementsAre(Pair("b", endpoint_.pod)));
  }
}

TEST_F(VolumesTest, AFailureLeavesNothing) {
  mounts_.show = absl::InternalError("no");
  EXPECT_EQ(volumes_.Publish(client_), mounts_.show);
  EXPECT_THAT(mounts_.rooms, IsEmpty());
  EXPECT_FALSE(std::filesystem::exists(client_.target));
  EXPECT_TRUE(std::filesystem::is_empty(pods_));
}

TEST_F(VolumesTest, AFailureLeavesWhatWasThere) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  mounts_.shown.clear();
  mounts_.show = absl::InternalError("no");
  EXPECT_FALSE(volumes_.Publish(client_).ok());
  EXPECT_THAT(mounts_.rooms, ElementsAre(Room("a")));
  EXPECT_THAT(Known(), ElementsAre(Pair("a", client_.pod)));
}

TEST_F(VolumesTest, AfterTheNodesStartTheOldOnesAreNobodys) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  ASSERT_TRUE(volumes_.Publish(endpoint_).ok());
  mounts_.rooms.erase(Room("a"));
  mounts_.shown.clear();
  ASSERT_TRUE(volumes_.Recover().ok());
  EXPECT_THAT(Known(), ElementsAre(Pair("b", endpoint_.pod)));
  EXPECT_FALSE(std::filesystem::exists(Room("a")));
}

TEST_F(VolumesTest, ARoomThatIsGoneIsMadeAndShownAnew) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  mounts_.rooms.clear();
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  EXPECT_THAT(mounts_.rooms, ElementsAre(Room("a")));
  EXPECT_EQ(mounts_.shown.size(), 1u);
}

TEST_F(VolumesTest, CanAllBeRemoved) {
  ASSERT_TRUE(volumes_.Publish(client_).ok());
  ASSERT_TRUE(volumes_.Publish(endpoint_).ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(volumes_.RemoveAll().ok());
    EXPECT_THAT(mounts_.rooms, IsEmpty());
    EXPECT_FALSE(std::filesystem::exists(pods_));
  }
}

TEST_F(VolumesTest, AFolderThatOthersMayEnterIsNotUsed) {
  std::filesystem::create_directory(pods_);
  std::filesystem::permissions(pods_, std::filesystem::perms::all);
  EXPECT_TRUE(absl::IsPermissionDenied(volumes_.Publish(client_)));
  EXPECT_TRUE(std::filesystem::is_empty(pods_));
}

}  // namespace
}  // namespace nsm::csi
