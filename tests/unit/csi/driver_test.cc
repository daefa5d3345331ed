// SPDX-License-Identifier: Apache-2.0
#include "src/csi/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/fake_mounts.h"
#include "tests/harness/temp_folder.h"

namespace nsm::csi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Driver kDriver = {.name = "csi.test", .version = "1", .node = "node1", .endpoint = "/plugins/csi.sock"};

TEST(RegistrationService, TellsKubeletWhereTheDriverIs) {
  RegistrationService service(kDriver);
  ::pluginregistration::PluginInfo info;
  ASSERT_TRUE(service.GetInfo(nullptr, nullptr, &info).ok());
  EXPECT_EQ(info.type(), "CSIPlugin");
  EXPECT_EQ(info.name(), "csi.test");
  EXPECT_EQ(info.endpoint(), "/plugins/csi.sock");
  EXPECT_THAT(info.supported_versions(), ElementsAre("1.0.0"));
}

TEST(RegistrationService, KnowsWhetherKubeletKnowsIt) {
  RegistrationService service(kDriver);
  EXPECT_TRUE(absl::IsUnavailable(service.registered()));
  ::pluginregistration::RegistrationStatus status;
  status.set_error("not this one");
  ASSERT_TRUE(service.NotifyRegistrationStatus(nullptr, &status, nullptr).ok());
  EXPECT_THAT(service.registered().message(), HasSubstr("not this one"));
  status.set_plugin_registered(true);
  ASSERT_TRUE(service.NotifyRegistrationStatus(nullptr, &status, nullptr).ok());
  EXPECT_TRUE(service.registered().ok());
}

TEST(NodeService, PublishesAndUnpublishes) {
  const TempFolder folder;
  FakeMounts mounts;
  Volumes volumes(folder.Path("pods"), mounts);
  NodeService service(kDriver, volumes);
  ::csi::v1::NodePublishVolumeRequest publish;
  EXPECT_EQ(service.NodePublishVolume(nullptr, &publish, nullptr).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  publish.set_volume_id("csi-" + std::string(64, 'a'));
  publish.set_target_path(folder.Path("target"));
  publish.mutable_volume_capability()->mutable_mount();
  for (const char* name : {"pod.name", "pod.namespace", "pod.uid", "serviceAccount.name"}) {
    (*publish.mutable_volume_context())[std::string("csi.storage.k8s.io/") + name] = name;
  }
  (*publish.mutable_volume_context())["csi.storage.k8s.io/ephemeral"] = "true";
  const grpc::Status published = service.NodePublishVolume(nullptr, &publish, nullptr);
  ASSERT_TRUE(published.ok()) << published.error_message();
  EXPECT_TRUE(mounts.shown.contains(folder.Path("target")));

  ::csi::v1::NodeUnpublishVolumeRequest unpublish;
  unpublish.set_volume_id(publish.volume_id());
  EXPECT_EQ(service.NodeUnpublishVolume(nullptr, &unpublish, nullptr).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  unpublish.set_target_path(publish.target_path());
  ASSERT_TRUE(service.NodeUnpublishVolume(nullptr, &unpublish, nullptr).ok());
  EXPECT_THAT(mounts.shown, IsEmpty());
}

TEST(NodeService, SaysWhichNodeItIs) {
  const TempFolder folder;
  FakeMounts mounts;
  Volumes volumes(folder.Path("pods"), mounts);
  ::csi::v1::NodeGetInfoResponse info;
  ASSERT_TRUE(NodeService(kDriver, volumes).NodeGetInfo(nullptr, nullptr, &info).ok());
  EXPECT_EQ(info.node_id(), "node1");
}

}  // namespace
}  // namespace nsm::csi
