// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/kernel_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_dataplane.h"

namespace nsm::forwarder {
namespace {

using dataplane::Attachment;
using testing::HasSubstr;

class KernelMechanismTest : public testing::Test {
 protected:
  dataplane::FakeDataplane dataplane_;
  KernelMechanism kernel_{dataplane_};
};

TEST(ToAttachment, TakesANamespaceAndAnInterfaceName) {
  auto attachment = ToAttachment(MakeKernel("inode://4/4026531840", "fifteen-letters"));
  ASSERT_TRUE(attachment.ok()) << attachment.status();
  EXPECT_EQ(attachment->netns, (NetnsInode{4, 4026531840}));
  EXPECT_EQ(attachment->name, "fifteen-letters");
  for (const char* name : {"", ".", "..", "a/b", "a:b", "a b", "sixteen--letters"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ToAttachment(MakeKernel("inode://4/1", name)).status())) << name;
  }
  for (const char* url : {"", "file:///proc/1/ns/net", "inode://4"}) {
    auto refused = ToAttachment(MakeKernel(url, "nsm-1"));
    EXPECT_THAT(refused.status().message(), HasSubstr("KERNEL parameter inodeURL")) << url;
  }
}

TEST_F(KernelMechanismTest, OffersNoParameters) {
  auto offer = kernel_.Offer(Connection());
  ASSERT_TRUE(offer.ok()) << offer.status();
  EXPECT_EQ(KindOf(*offer).ToString(), "LOCAL KERNEL");
  EXPECT_TRUE(offer->parameters().empty());
}

TEST_F(KernelMechanismTest, BothSidesNameTheirInterfaces) {
  Connection connection;
  *connection.mutable_mechanism() = MakeKernel("inode://4/10", "nsm-1");
  for (const auto& agreed : {kernel_.Agree(connection), kernel_.Accept({}, connection.mechanism())}) {
    ASSERT_TRUE(agreed.ok()) << agreed.status();
    EXPECT_EQ(std::get<Attachment>(agreed->leg).name, "nsm-1");
    EXPECT_EQ(Parameter(agreed->mechanism, "inodeURL"), "inode://4/10");
    EXPECT_EQ(agreed->mtu, 0u);
  }
  *connection.mutable_mechanism() = MakeKernel("inode://4/10", "much-too-long-a-name");
  EXPECT_TRUE(absl::IsInvalidArgument(kernel_.Agree(connection).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(kernel_.Accept({}, connection.mechanism()).status()));
}

TEST_F(KernelMechanismTest, WhatIsRecalledIsTheSameInterface) {
  Attachment attachment;
  attachment.netns = {4, 10};
  attachment.name = "nsm-1";
  dataplane::CrossConnect live;
  live.endpoint = attachment;
  auto recalled = kernel_.Recall(live);
  ASSERT_TRUE(recalled.has_value());
  EXPECT_EQ(KindOf(*recalled), kLocalKernel);
  EXPECT_EQ(ToAttachment(*recalled).value(), attachment);
  live = {};
  live.client = attachment;
  live.endpoint = dataplane::Tunnel();
  EXPECT_FALSE(kernel_.Recall(live).has_value());
}

TEST_F(KernelMechanismTest, AClientIsKnownByItsInterface) {
  dataplane_.client = "its-id";
  const Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
  EXPECT_EQ(*kernel_.FindLive(connection, MakeKernel("inode://4/10", "nsm-1")), "its-id");
  ASSERT_EQ(dataplane_.clients_wanted.size(), 1u);
  EXPECT_EQ(dataplane_.clients_wanted[0].alias, "server-nsc-id");
  auto unreadable = kernel_.FindLive(connection, MakeKernel("", "nsm-1"));
  ASSERT_TRUE(unreadable.ok()) << "what is wrong with it is Accept's to say";
  EXPECT_EQ(*unreadable, std::nullopt);
  dataplane_.client = absl::AlreadyExistsError("another one's");
  EXPECT_TRUE(absl::IsAlreadyExists(kernel_.FindLive(connection, MakeKernel("inode://4/10", "a")).status()));
}

}  // namespace
}  // namespace nsm::forwarder
