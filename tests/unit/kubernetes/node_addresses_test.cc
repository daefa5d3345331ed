// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/node_addresses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/ip.h"

namespace nsm::kubernetes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

const Resource kNodesResource{.group = "", .version = "v1", .plural = "nodes", .name_space = ""};
constexpr Backoff::Options kQuick{.first = absl::Milliseconds(1), .longest = absl::Milliseconds(2)};

// {"InternalIP", "10.0.0.1"} and so on, as kubelets and clouds write them.
Json Node(const std::string& name, const std::vector<std::pair<std::string, std::string>>& addresses,
          const std::string& annotation = "") {
  Json node = {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", {{"name", name}}}};
  node["status"] = {{"images", {{{"sizeBytes", 1}}}}, {"addresses", Json::array()}};
  for (const auto& [type, address] : addresses) {
    node["status"]["addresses"].push_back({{"type", type}, {"address", address}});
  }
  if (!annotation.empty())
    node["metadata"]["annotations"]["networkservicemesh.io/external-address"] = annotation;
  return node;
}

std::map<std::string, std::string> AsText(const AddressMap::Entries& entries) {
  std::map<std::string, std::string> texts;
  for (const auto& [internal, external] : entries) texts[internal.ToString()] = external.ToString();
  return texts;
}

// An address that stands for itself.
auto Self(const std::string& address) { return Pair(address, address); }

std::map<std::string, std::string> OfStatus(const Json& node) {
  return AsText(ReadNodeAddresses(node).of_status);
}
std::map<std::string, std::string> OfAnnotation(const Json& node) {
  return AsText(ReadNodeAddresses(node).of_annotation);
}

TEST(NodeAddressesTest, InternalAddressesStandForTheExternalOne) {
  EXPECT_THAT(OfStatus(Node("a", {{"Hostname", "a"},
                                  {"InternalIP", "10.0.0.1"},
                                  {"ExternalDNS", "a.example"},
                                  {"ExternalIP", "203.0.113.1"}})),
              ElementsAre(Pair("10.0.0.1", "203.0.113.1"), Self("203.0.113.1")));
}

TEST(NodeAddressesTest, FamiliesDoNotMix) {
  EXPECT_THAT(OfStatus(Node("a", {{"InternalIP", "10.0.0.1"},
                                  {"InternalIP", "2001:db8:1::1"},
                                  {"ExternalIP", "2001:db8:2::1"},
                                  {"ExternalIP", "203.0.113.1"}})),
              ElementsAre(Pair("10.0.0.1", "203.0.113.1"), Pair("2001:db8:1::1", "2001:db8:2::1"),
                          Self("2001:db8:2::1"), Self("203.0.113.1")));
  EXPECT_THAT(OfStatus(Node("a", {{"InternalIP", "2001:db8:1::1"}, {"ExternalIP", "203.0.113.1"}})),
              ElementsAre(Self("2001:db8:1::1"), Self("203.0.113.1")));
}

// So that the domain is known by them.
TEST(NodeAddressesTest, WithoutAnExternalOneTheyStandForThemselves) {
  EXPECT_THAT(OfStatus(Node("a", {{"InternalIP", "192.0.2.1"}})), ElementsAre(Self("192.0.2.1")));
  EXPECT_THAT(OfStatus(Node("a", {{"ExternalIP", "203.0.113.1"}})), ElementsAre(Self("203.0.113.1")));
}

TEST(NodeAddressesTest, OfSeveralTheFirstExternalOneCounts) {
  EXPECT_THAT(OfStatus(Node("a", {{"InternalIP", "10.0.0.1"},
                                  {"InternalIP", "10.1.0.1"},
                                  {"ExternalIP", "203.0.113.1"},
                                  {"ExternalIP", "203.0.113.2"}})),
              ElementsAre(Pair("10.0.0.1", "203.0.113.1"), Pair("10.1.0.1", "203.0.113.1"),
                          Self("203.0.113.1"), Self("203.0.113.2")));
}

TEST(NodeAddressesTest, ANodeMaySayNothingYet) {
  EXPECT_THAT(OfStatus(Json::object()), IsEmpty());
  EXPECT_THAT(OfStatus({{"status", {{"addresses", 5}}}}), IsEmpty());
  EXPECT_THAT(OfStatus(Node("a", {{"InternalIP", "soon"}})), IsEmpty());
}

TEST(NodeAddressesTest, TheAnnotationIsForTheFamiliesThatItHas) {
  const std::vector<std::pair<std::string, std::string>> both = {{"InternalIP", "10.0.0.1"},
                                                                 {"InternalIP", "fd00::1"}};
  EXPECT_THAT(OfAnnotation(Node("a", both, "203.0.113.9")), ElementsAre(Pair("10.0.0.1", "203.0.113.9")));
  EXPECT_THAT(OfAnnotation(Node("a", both, "2001:db8::9, 203.0.113.9")),
              ElementsAre(Pair("10.0.0.1", "203.0.113.9"), Pair("fd00::1", "2001:db8::9")));
  EXPECT_THAT(OfAnnotation(Node("a", both)), IsEmpty());
}

TEST(NodeAddressesTest, ABadAnnotationHasNoEffectAndAReason) {
  for (const char* bad : {"a.example", "203.0.113.1:80", "203.0.113.1,203.0.113.2", "203.0.113.1,x"}) {
    const NodeAddresses addresses = ReadNodeAddresses(Node("a", {{"InternalIP", "10.0.0.1"}}, bad));
    EXPECT_THAT(addresses.of_annotation, IsEmpty()) << bad;
    EXPECT_THAT(std::string(addresses.annotation.message()), HasSubstr(bad));
    EXPECT_EQ(addresses.of_status.size(), 1u);
  }
}

TEST(NodeAddressesTest, AnnotationsWinOverTheFileAndThatOverStatuses) {
  std::map<ObjectKey, NodeAddresses> nodes;
  auto external = [](const std::string& address) {
    return std::vector<std::pair<std::string, std::string>>{{"InternalIP", address},
                                                            {"ExternalIP", "203.0.113.1"}};
  };
  nodes[{.name_space = "", .name = "a"}] = ReadNodeAddresses(Node("a", external("10.0.0.1")));
  nodes[{.name_space = "", .name = "b"}] = ReadNodeAddresses(Node("b", external("10.0.0.2")));
  nodes[{.name_space = "", .name = "c"}] = ReadNodeAddresses(Node("c", external("10.0.0.3"), "203.0.113.3"));
  const AddressMap::Entries file = {{Ip("10.0.0.2"), Ip("203.0.113.2")},
                                    {Ip("10.0.0.3"), Ip("203.0.113.2")},
                                    {Ip("10.0.0.4"), Ip("203.0.113.4")}};
  EXPECT_THAT(
      AsText(Merge(nodes, file)),
      ElementsAre(Pair("10.0.0.1", "203.0.113.1"), Pair("10.0.0.2", "203.0.113.2"),
                  Pair("10.0.0.3", "203.0.113.3"), Pair("10.0.0.4", "203.0.113.4"), Self("203.0.113.1")));
}

class FollowedNodesTest : public testing::Test {
 protected:
  void Create(const Json& node) {
    auto made = api_.Create(kNodesResource, node);
    EXPECT_TRUE(made.ok()) << made.status();
  }
  void Follow() {
    map_.Tell([this](const AddressMap::Entries& changed) { changed_.Push(AsText(changed)); });
    nodes_ = std::make_unique<FollowedNodes>(api_, map_, kQuick);
  }
  std::map<std::string, std::string> Changed() {
    return changed_.Pop().value_or(std::map<std::string, std::string>{{"nothing", "told"}});
  }

  FakeApi api_;
  AddressMap map_;
  BlockingQueue<std::map<std::string, std::string>> changed_;
  std::unique_ptr<FollowedNodes> nodes_;
};

TEST_F(FollowedNodesTest, TheMapFollowsTheNodes) {
  Create(Node("a", {{"InternalIP", "10.0.0.1"}, {"ExternalIP", "203.0.113.1"}}));
  Follow();
  ASSERT_TRUE(nodes_->AwaitList(absl::Minutes(1)));
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.1", "203.0.113.1")));
  Create(Node("b", {{"InternalIP", "10.0.0.2"}, {"ExternalIP", "203.0.113.2"}}));
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.2", "203.0.113.2")));
  const Json annotation = {{"networkservicemesh.io/external-address", "203.0.113.9"}};
  ASSERT_TRUE(api_.Patch(kNodesResource, "a", {{"metadata", {{"annotations", annotation}}}}).ok());
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.1", "203.0.113.9")));
  ASSERT_TRUE(api_.Delete(kNodesResource, "b", {}).ok());
  EXPECT_THAT(Changed(), IsEmpty());
  EXPECT_THAT(AsText(map_.entries()), ElementsAre(Pair("10.0.0.1", "203.0.113.9"), Self("203.0.113.1")));
}

// Kubelets tell of themselves all the time.
TEST_F(FollowedNodesTest, WhatIsNotOfAddressesChangesNothing) {
  Create(Node("a", {{"InternalIP", "10.0.0.1"}, {"ExternalIP", "203.0.113.1"}}));
  Follow();
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.1", "203.0.113.1")));
  ASSERT_TRUE(api_.Patch(kNodesResource, "a", {{"status", {{"images", Json::array()}}}}).ok());
  Create(Node("b", {{"InternalIP", "10.0.0.2"}, {"ExternalIP", "203.0.113.2"}}));
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.2", "203.0.113.2")));
}

TEST_F(FollowedNodesTest, TheFileCountsBeforeTheServerIsThere) {
  api_.GoAway();
  Follow();
  EXPECT_FALSE(nodes_->AwaitList(absl::ZeroDuration()));
  nodes_->SetFile({{Ip("10.0.0.1"), Ip("203.0.113.5")}});
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.1", "203.0.113.5")));
}

TEST_F(FollowedNodesTest, TheMapStaysWhileTheServerIsAway) {
  Create(Node("a", {{"InternalIP", "10.0.0.1"}, {"ExternalIP", "203.0.113.1"}}));
  Follow();
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.1", "203.0.113.1")));
  api_.AwaitWatches(1);
  api_.GoAway();
  api_.AwaitCalls("watch", 5);
  EXPECT_EQ(map_.ToExternal("10.0.0.1"), "203.0.113.1");
  api_.ComeBack();
  Create(Node("b", {{"InternalIP", "10.0.0.2"}, {"ExternalIP", "203.0.113.2"}}));
  EXPECT_THAT(Changed(), ElementsAre(Pair("10.0.0.2", "203.0.113.2")));
}

}  // namespace
}  // namespace nsm::kubernetes
