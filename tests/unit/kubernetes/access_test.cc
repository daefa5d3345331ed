// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/harness/temp_folder.h"

namespace nsm::kubernetes {
namespace {

class InClusterTest : public testing::Test {
 protected:
  ~InClusterTest() override {
    ::unsetenv("KUBERNETES_SERVICE_HOST");
    ::unsetenv("KUBERNETES_SERVICE_PORT");
  }
  static void SetService(const std::string& host, const std::string& port) {
    ::setenv("KUBERNETES_SERVICE_HOST", host.c_str(), 1);
    ::setenv("KUBERNETES_SERVICE_PORT", port.c_str(), 1);
  }
  TempFolder folder_;
};

TEST_F(InClusterTest, TakesServiceAndAccount) {
  SetService("10.96.0.1", "443");
  std::ofstream(folder_.Path("namespace")) << "nsm-system\n";
  auto access = InCluster(folder_.Path(""));
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->ToString(), "https://10.96.0.1:443");
  EXPECT_EQ(access->name_space, "nsm-system");
  EXPECT_TRUE(access->verify);

  std::ofstream(folder_.Path("token")) << "first";
  EXPECT_EQ(*access->token.Read(), "first");
  std::ofstream(folder_.Path("token")) << "second";
  EXPECT_EQ(*access->token.Read(), "second");
}

TEST_F(InClusterTest, TakesAnIpv6Service) {
  SetService("fd00:10:96::1", "443");
  auto access = InCluster(folder_.Path(""));
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server.host, "fd00:10:96::1");
  EXPECT_EQ(access->ToString(), "https://[fd00:10:96::1]:443");
}

TEST_F(InClusterTest, OutsideOfAClusterSaysWhatIsNeeded) {
  const absl::Status status = InCluster(folder_.Path("")).status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("kubeconfig"));
}

TEST_F(InClusterTest, AKubeconfigThatIsBadIsNamed) {
  const std::string path = folder_.Path("kubeconfig");
  EXPECT_THAT(FindAccess(path).status().ToString(), testing::HasSubstr(path));
  std::ofstream(path) << "{}";
  EXPECT_THAT(FindAccess(path).status().ToString(), testing::HasSubstr(path));
}

}  // namespace
}  // namespace nsm::kubernetes
