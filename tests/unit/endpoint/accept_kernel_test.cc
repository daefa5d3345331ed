// SPDX-License-Identifier: Apache-2.0
#include "src/endpoint/accept_kernel.h"

#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm::endpoint {
namespace {

class AcceptKernelTest : public testing::Test {
 protected:
  AcceptKernelTest() { chain_.Add<AcceptKernel>(OwnSide{.netns = {4, 4026531840}}); }
  static Mechanism Of(const std::string& cls, const std::string& type, const std::string& name = "") {
    Mechanism mechanism;
    mechanism.set_cls(cls);
    mechanism.set_type(type);
    if (!name.empty()) (*mechanism.mutable_parameters())["name"] = name;
    return mechanism;
  }
  absl::StatusOr<Mechanism> Request(const std::vector<Mechanism>& preferences, const Mechanism& chosen = {}) {
    NetworkServiceRequest request;
    request.mutable_connection()->set_id("0f3a77c1-9d2e-4b6f-8a31-000000000001");
    *request.mutable_connection()->mutable_mechanism() = chosen;
    for (const Mechanism& preference : preferences) *request.add_mechanism_preferences() = preference;
    absl::StatusOr<Connection> answer = chain_.Request(context_, request);
    if (!answer.ok()) return answer.status();
    return answer->mechanism();
  }

  Chain chain_;
  Context context_;
};

TEST_F(AcceptKernelTest, AnswersWithItsNamespaceAndANameThatStays) {
  auto first = Request({Of("REMOTE", "VXLAN"), Of("LOCAL", "KERNEL")});
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->parameters().at("inodeURL"), "inode://4/4026531840");
  EXPECT_EQ(first->parameters().at("name"), "nsm-0f3a77c19d2");
  auto again = Request({Of("LOCAL", "KERNEL")});
  EXPECT_EQ(again->parameters().at("name"), first->parameters().at("name"));
}

TEST_F(AcceptKernelTest, KeepsTheNameThatIsAskedFor) {
  EXPECT_EQ(Request({Of("LOCAL", "KERNEL", "wan0")})->parameters().at("name"), "wan0");
  // A refresh says what was chosen before, with a namespace of an earlier life perhaps.
  Mechanism chosen = Of("LOCAL", "KERNEL", "wan1");
  (*chosen.mutable_parameters())["inodeURL"] = "inode://4/1";
  auto refreshed = Request({Of("LOCAL", "KERNEL", "other")}, chosen);
  EXPECT_EQ(refreshed->parameters().at("name"), "wan1");
  EXPECT_EQ(refreshed->parameters().at("inodeURL"), "inode://4/4026531840");
}

TEST_F(AcceptKernelTest, SaysWhetherItTakesADefaultRoute) {
  Mechanism chosen = Of("LOCAL", "KERNEL", "wan0");
  (*chosen.mutable_parameters())["default_route"] = "true";
  EXPECT_FALSE(Request({}, chosen)->parameters().contains("default_route")) << "as it did in an earlier life";
  Chain chain;
  chain.Add<AcceptKernel>(OwnSide{.netns = {4, 1}, .takes_default_route = true});
  NetworkServiceRequest request;
  *request.add_mechanism_preferences() = Of("LOCAL", "KERNEL");
  EXPECT_EQ(chain.Request(context_, request)->mechanism().parameters().at("default_route"), "true");
}

TEST_F(AcceptKernelTest, RefusesEverythingElse) {
  EXPECT_TRUE(absl::IsInvalidArgument(Request({}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Of("REMOTE", "VXLAN"), Of("REMOTE", "KERNEL")}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Request({Of("LOCAL", "KERNEL")}, Of("LOCAL", "MEMIF")).status()))
      << "what is chosen already counts before preferences";
}

}  // namespace
}  // namespace nsm::endpoint
