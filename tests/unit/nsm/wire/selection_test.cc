// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/wire/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Entries = std::map<std::string, std::string>;

LabelMap ToLabels(const Entries& entries) { return LabelMap(entries.begin(), entries.end()); }

NetworkServiceEndpoint Labelled(const std::string& name, const Entries& labels,
                                const std::string& service = "ns") {
  NetworkServiceEndpoint endpoint;
  endpoint.set_name(name);
  *(*endpoint.mutable_network_service_labels())[service].mutable_labels() = ToLabels(labels);
  return endpoint;
}

std::vector<std::string> Names(const std::vector<NetworkServiceEndpoint>& endpoints) {
  std::vector<std::string> names;
  for (const auto& endpoint : endpoints) names.push_back(endpoint.name());
  return names;
}

class SelectionTest : public testing::Test {
 protected:
  SelectionTest() { service_.set_name("ns"); }
  ::registry::Match& AddMatch(const Entries& source) {
    ::registry::Match& match = *service_.add_matches();
    *match.mutable_source_selector() = ToLabels(source);
    return match;
  }
  static void AddRoute(::registry::Match& match, const Entries& destination) {
    *match.add_routes()->mutable_destination_selector() = ToLabels(destination);
  }
  std::vector<std::string> Select(const Entries& client) const {
    return Names(SelectEndpoints(service_, ToLabels(client), endpoints_));
  }

  NetworkService service_;
  std::vector<NetworkServiceEndpoint> endpoints_ = {
      Labelled("fw", {{"app", "firewall"}}), Labelled("gw", {{"app", "gateway"}, {"node", "n1"}}),
      Labelled("gw2", {{"app", "gateway"}, {"node", "n2"}}), Labelled("x", {{"app", "firewall"}}, "other")};
};

TEST(ExpandTemplate, PutsTheClientsLabelsIn) {
  const LabelMap labels = ToLabels({{"node", "n1"}, {"a-b", "c"}});
  EXPECT_EQ(ExpandTemplate("{{.node}}", labels), "n1");
  EXPECT_EQ(ExpandTemplate("on {{ .node }}/{{ index . \"a-b\" }}!", labels), "on n1/c!");
  EXPECT_EQ(ExpandTemplate("{{.none}}{{index . \"none\"}}", labels), "<no value>");
  for (const char* text : {"", "plain", "{{", "{{.a b}}", "{{range}}"}) {
    EXPECT_EQ(ExpandTemplate(text, labels), text);
  }
}

TEST(Fits, EveryEntryCounts) {
  const LabelMap labels = ToLabels({{"app", "gw"}, {"node", "n1"}, {"raw", "{{.node}}"}});
  EXPECT_TRUE(Fits({}, labels, {}));
  EXPECT_TRUE(Fits(ToLabels({{"app", "gw"}, {"node", "{{.at}}"}}), labels, ToLabels({{"at", "n1"}})));
  EXPECT_FALSE(Fits(ToLabels({{"app", "gw"}, {"node", "{{.at}}"}}), labels, ToLabels({{"at", "n2"}})));
  EXPECT_TRUE(Fits(ToLabels({{"raw", "{{.node}}"}}), labels, {})) << "what is equal as text is equal";
  EXPECT_TRUE(Fits(ToLabels({{"none", ""}}), labels, {}));
  EXPECT_FALSE(Fits(ToLabels({{"none", "x"}}), labels, {}));
}

TEST_F(SelectionTest, WithoutMatchesEveryEndpointAndWithoutAMatchNone) {
  EXPECT_EQ(Select({}).size(), 4u);
  AddMatch({{"app", "client"}}).add_routes();
  EXPECT_THAT(Select({}), IsEmpty());
}

TEST_F(SelectionTest, TheFirstMatchThatAppliesDecides) {
  AddRoute(AddMatch({{"app", "firewall"}}), {{"app", "gateway"}});
  AddRoute(AddMatch({}), {{"app", "firewall"}});
  EXPECT_THAT(Select({{"app", "firewall"}}), ElementsAre("gw", "gw2"));
  EXPECT_THAT(Select({}), ElementsAre("fw")) << "labels count for the service they are given for";
}

TEST_F(SelectionTest, RoutesAddUpAndTemplatesPickTheClientsNode) {
  auto& match = AddMatch({});
  AddRoute(match, {{"node", "{{.nodeName}}"}});
  AddRoute(match, {{"app", "gateway"}});
  EXPECT_THAT(Select({{"nodeName", "n2"}}), ElementsAre("gw2", "gw"));
}

TEST_F(SelectionTest, OnlyFallthroughGoesOn) {
  auto& match = AddMatch({});
  AddRoute(match, {{"app", "none"}});
  AddRoute(AddMatch({}), {{"app", "firewall"}});
  EXPECT_THAT(Select({}), IsEmpty());
  match.set_fallthrough(true);
  EXPECT_THAT(Select({}), ElementsAre("fw"));
}

TEST_F(SelectionTest, AMatchForForwardersAloneLeavesTheEndpointFree) {
  AddMatch({}).mutable_metadata();
  EXPECT_EQ(Select({}).size(), 4u);
  service_.mutable_matches(0)->set_fallthrough(true);
  EXPECT_THAT(Select({}), IsEmpty()) << "it has none of its own, and there is no next match";
  AddRoute(AddMatch({}), {{"app", "firewall"}});
  EXPECT_THAT(Select({}), ElementsAre("fw"));
}

TEST_F(SelectionTest, ForwardersHaveWhatTheMetadataAsksFor) {
  const std::vector<NetworkServiceEndpoint> forwarders = {
      Labelled("vxlan", {{"p2p", "true"}}, "forwarder"), Labelled("sriov", {{"sriov", "true"}}, "forwarder")};
  auto select = [&] { return Names(SelectForwarders(service_, {}, forwarders)); };
  EXPECT_THAT(select(), ElementsAre("vxlan", "sriov")) << "no matches";
  auto& match = AddMatch({});
  EXPECT_THAT(select(), ElementsAre("vxlan")) << "p2p=true where nothing is said";
  (*match.mutable_metadata()->mutable_labels())["sriov"] = "true";
  EXPECT_THAT(select(), ElementsAre("sriov"));
  (*match.mutable_metadata()->mutable_labels())["sriov"] = "no";
  AddMatch({});
  EXPECT_THAT(select(), IsEmpty());
  match.set_fallthrough(true);
  EXPECT_THAT(select(), ElementsAre("vxlan"));
}

TEST(IsForClientTest, WhereAMatchFitsItOrThereIsNone) {
  NetworkService service;
  EXPECT_TRUE(IsForClient(service, {}));
  (*service.add_matches()->mutable_source_selector())["app"] = "one";
  (*service.add_matches()->mutable_source_selector())["app"] = "two";
  LabelMap labels;
  EXPECT_FALSE(IsForClient(service, labels));
  labels["app"] = "two";
  EXPECT_TRUE(IsForClient(service, labels));
}

}  // namespace
}  // namespace nsm
