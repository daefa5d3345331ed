// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/paths.h"

#include <gtest/gtest.h>

namespace nsm::kubernetes {
namespace {

const Resource kCoreNodes{.group = "", .version = "v1", .plural = "nodes", .name_space = ""};
const Resource kServices{.group = "networkservicemesh.io",
                         .version = "v1",
                         .plural = "networkservices",
                         .name_space = "nsm-system"};

TEST(PathsTest, TheCoreGroupHasAPathOfItsOwn) {
  EXPECT_EQ(CollectionPath(kCoreNodes), "/api/v1/nodes");
  EXPECT_EQ(ObjectPath(kCoreNodes, "node-1"), "/api/v1/nodes/node-1");
}

TEST(PathsTest, NamespacesStandBeforeThePlural) {
  EXPECT_EQ(CollectionPath(kServices),
            "/apis/networkservicemesh.io/v1/namespaces/nsm-system/networkservices");
  EXPECT_EQ(ObjectPath(kServices, "a"),
            "/apis/networkservicemesh.io/v1/namespaces/nsm-system/networkservices/a");
}

TEST(PathsTest, NamesCannotLeaveTheirPlace) {
  EXPECT_EQ(ObjectPath(kCoreNodes, "../pods?x"), "/api/v1/nodes/..%2fpods%3fx");
}

TEST(PathsTest, QueriesAreEscapedAndWithoutWhatIsEmpty) {
  EXPECT_EQ(QueryString({{"labelSelector", "a=b,c"}, {"continue", ""}, {"limit", "5"}}),
            "?labelSelector=a%3db%2cc&limit=5");
  EXPECT_EQ(QueryString({{"continue", ""}}), "");
}

TEST(PathsTest, MessagesNameTheResource) {
  EXPECT_EQ(ToString(kCoreNodes), "nodes");
  EXPECT_EQ(ToString(kServices), "networkservices.networkservicemesh.io in namespace nsm-system");
}

}  // namespace
}  // namespace nsm::kubernetes
