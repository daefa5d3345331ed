// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/node_cleanup.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <filesystem>
#include <fstream>

#include "src/core/unique_fd.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

using kubernetes::Json;

Json DaemonSet(int observed, int desired, int ready) {
  return {{"metadata", {{"generation", 1}}},
          {"status",
           {{"observedGeneration", observed}, {"desiredNumberScheduled", desired}, {"numberReady", ready}}}};
}
Json Pod(const std::string& node, const std::string& ready) {
  return {{"metadata", {{"name", "nsm-uninstall-x"}}},
          {"spec", {{"nodeName", node}}},
          {"status", {{"conditions", {{{"type", "Ready"}, {"status", ready}}}}}}};
}

TEST(NodeCleanup, IsCompleteWhenEveryNodeIsReady) {
  EXPECT_TRUE(JudgeCleanup(DaemonSet(1, 2, 2), {Pod("node1", "True"), Pod("node2", "True")}).IsComplete());
  const NodeCleanup half = JudgeCleanup(DaemonSet(1, 2, 1), {Pod("node1", "True"), Pod("node2", "False")});
  EXPECT_FALSE(half.IsComplete());
  EXPECT_EQ(half.ToString(), "1 of 2 nodes are clean; not yet: node2");
}

TEST(NodeCleanup, HasNotBegunBeforeTheClusterHasCounted) {
  const NodeCleanup early = JudgeCleanup(DaemonSet(0, 0, 0), {});
  EXPECT_FALSE(early.IsComplete());
  EXPECT_EQ(early.ToString(), "the cluster has not begun yet");
  EXPECT_FALSE(JudgeCleanup(Json::object(), {}).IsComplete());
  EXPECT_TRUE(JudgeCleanup(DaemonSet(1, 0, 0), {}).IsComplete()) << "there is no node for it";
}

TEST(NodeCleanup, APodWithoutANodeOrAConditionIsNotReady) {
  EXPECT_EQ(JudgeCleanup(DaemonSet(1, 1, 0), {{{"metadata", {{"name", "waiting"}}}}}).ToString(),
            "0 of 1 nodes are clean; not yet: waiting");
}

TEST(NodeCleanup, APodThatHasNoRoomOnItsNodeYetIsKnownByThat) {
  const Json term = {
      {"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {"node2"}}}}}};
  const Json required = {{"nodeSelectorTerms", Json::array({term})}};
  const Json affinity = {{"nodeAffinity", {{"requiredDuringSchedulingIgnoredDuringExecution", required}}}};
  const Json pod = {{"metadata", {{"name", "waiting"}}}, {"spec", {{"affinity", affinity}}}};
  EXPECT_EQ(JudgeCleanup(DaemonSet(1, 1, 0), {pod}).ToString(), "0 of 1 nodes are clean; not yet: node2");
}

TEST(RemoveSocketFolder, TakesSocketsAndWhatIsThenEmpty) {
  TempFolder parent;
  const std::string folder = parent.Path("sockets");
  std::filesystem::create_directory(folder);
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  (folder + "/a.sock").copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  std::ofstream(folder + "/others") << "text";
  EXPECT_EQ(RemoveSocketFolder(folder), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(folder + "/a.sock"));
  EXPECT_TRUE(std::filesystem::exists(folder + "/others"));
  std::filesystem::remove(folder + "/others");
  EXPECT_EQ(RemoveSocketFolder(folder), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(folder));
  EXPECT_EQ(RemoveSocketFolder(folder), absl::OkStatus()) << "gone already";
}

}  // namespace
}  // namespace nsm::cmd
