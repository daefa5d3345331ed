// SPDX-License-Identifier: Apache-2.0
#include "src/csi/pod_volume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::csi {
namespace {

using testing::HasSubstr;

const std::string kHash = "0123456789abcdef0123456789abcdefffffffffffffffffffffffffffffffff";

::csi::v1::NodePublishVolumeRequest AsKubeletAsks() {
  ::csi::v1::NodePublishVolumeRequest request;
  request.set_volume_id("csi-" + kHash);
  request.set_target_path("/var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/nsm/mount");
  request.mutable_volume_capability()->mutable_mount();
  request.set_readonly(true);
  auto& context = *request.mutable_volume_context();
  context["csi.storage.k8s.io/ephemeral"] = "true";
  context["csi.storage.k8s.io/pod.name"] = "client";
  context["csi.storage.k8s.io/pod.namespace"] = "ns";
  context["csi.storage.k8s.io/pod.uid"] = "uid-1";
  context["csi.storage.k8s.io/serviceAccount.name"] = "default";
  return request;
}

std::string Refused(const ::csi::v1::NodePublishVolumeRequest& request) {
  const absl::Status status = ParsePublish(request).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(ParsePublish, SaysWhoseItIsAndWhere) {
  const absl::StatusOr<PodVolume> volume = ParsePublish(AsKubeletAsks());
  ASSERT_TRUE(volume.ok()) << volume.status();
  EXPECT_EQ(volume->key, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(volume->target, "/var/lib/kubelet/pods/u/volumes/kubernetes.io~csi/nsm/mount");
  EXPECT_TRUE(volume->read_only);
  EXPECT_EQ(volume->pod, (Pod{"client", "ns", "uid-1", "default"}));
}

TEST(ParsePublish, RefusesWhatIsNoFolderOfAPod) {
  auto request = AsKubeletAsks();
  request.mutable_volume_capability()->mutable_block();
  EXPECT_THAT(Refused(request), HasSubstr("volume_capability"));
  request = AsKubeletAsks();
  request.set_target_path("mount");
  EXPECT_THAT(Refused(request), HasSubstr("target_path"));
  request = AsKubeletAsks();
  (*request.mutable_volume_context())["csi.storage.k8s.io/ephemeral"] = "false";
  EXPECT_THAT(Refused(request), HasSubstr("ephemeral"));
  request = AsKubeletAsks();
  (*request.mutable_volume_context())["size"] = "1Gi";
  EXPECT_THAT(Refused(request), HasSubstr("\"size\""));
}

TEST(ParsePublish, NeedsAllThatIsKnownOfThePod) {
  for (const std::string name :
       {"pod.name", "pod.namespace", "pod.uid", "serviceAccount.name", "ephemeral"}) {
    auto request = AsKubeletAsks();
    request.mutable_volume_context()->erase("csi.storage.k8s.io/" + name);
    EXPECT_THAT(Refused(request), HasSubstr(name));
  }
}

TEST(FolderKey, IsOfKubeletsNamesAlone) {
  for (const std::string& id : {std::string(), kHash, "csi-" + kHash + "0", "csi-../" + kHash.substr(3),
                                "csi-" + kHash.substr(1) + "G"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(FolderKey(id).status())) << id;
  }
}

}  // namespace
}  // namespace nsm::csi
