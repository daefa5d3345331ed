// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/config/pod_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::Pair;

const Pod kPod = {.name = "client", .name_space = "ns", .uid = "1-2-3", .service_account = "default"};

TEST(PodFolder, WhatIsWrittenOfAPodIsRead) {
  const TempFolder folder;
  const std::string pods = folder.Path("pods");
  ASSERT_TRUE(EnsurePodsFolder(pods).ok());
  ASSERT_TRUE(WritePodFile(pods, "key", kPod).ok());
  EXPECT_THAT(ListPodFiles(pods)->pods, ElementsAre(Pair("key", kPod)));
  EXPECT_EQ(std::filesystem::status(PodFilePath(pods, "key")).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(PodFolder, AnEarlierVersionsFileIsRead) {
  auto pod =
      ParsePod(R"({"name":"client","namespace":"ns","serviceAccount":"default","uid":"1-2-3","later":1})");
  ASSERT_TRUE(pod.ok()) << pod.status();
  EXPECT_EQ(*pod, kPod);
}

TEST(PodFolder, DamagedFilesAreNamedAndTheOthersRead) {
  const TempFolder folder;
  const std::string pods = folder.Path("pods");
  ASSERT_TRUE(EnsurePodsFolder(pods).ok());
  ASSERT_TRUE(WritePodFile(pods, "whole", kPod).ok());
  std::ofstream(PodFilePath(pods, "torn")) << "{\"name\":\"cli";
  std::ofstream(PodFilePath(pods, "nobodys"))
      << R"({"name":"a","namespace":"b","serviceAccount":"c","uid":""})";
  std::ofstream(pods + "/other") << "{}";
  const auto files = ListPodFiles(pods);
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(files->pods, ElementsAre(Pair("whole", kPod)));
  EXPECT_EQ(files->damaged.size(), 2u);
  EXPECT_TRUE(files->damaged.contains("torn") && files->damaged.contains("nobodys"));
}

TEST(PodFolder, APodsIsAFileSystemOfItsOwn) {
  const TempFolder folder;
  std::filesystem::create_directory(folder.Path("a"));
  EXPECT_TRUE(absl::IsFailedPrecondition(CheckPodFolder(folder.Path("a"))));
  std::filesystem::create_symlink("/proc", folder.Path("b"));
  EXPECT_FALSE(CheckPodFolder(folder.Path("b")).ok());
  EXPECT_TRUE(CheckPodFolder("/proc").ok());
}

TEST(PodFolder, IsNobodyElses) {
  const TempFolder folder;
  const std::string pods = folder.Path("pods");
  std::filesystem::create_directory(pods);
  std::filesystem::permissions(pods, std::filesystem::perms(0755));
  EXPECT_TRUE(absl::IsPermissionDenied(EnsurePodsFolder(pods)));
  std::filesystem::permissions(pods, std::filesystem::perms(0700));
  EXPECT_TRUE(EnsurePodsFolder(pods).ok());
  std::filesystem::create_symlink(pods, folder.Path("link"));
  EXPECT_TRUE(absl::IsPermissionDenied(EnsurePodsFolder(folder.Path("link"))));
}

}  // namespace
}  // namespace nsm
