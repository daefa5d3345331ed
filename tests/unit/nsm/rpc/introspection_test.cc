// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/monitor/connection_json.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "src/core/unique_fd.h"
#include "tests/harness/chain_end.h"

namespace nsm {
namespace {

TEST(ConnectionToJson, HasWhatATableShows) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr"}, 1);
  connection.set_network_service("ns");
  connection.set_network_service_endpoint_name("nse");
  connection.set_state(::connection::DOWN);
  connection.mutable_mechanism()->set_type("VXLAN");
  (*connection.mutable_mechanism()->mutable_parameters())["vni"] = "77";
  connection.mutable_context()->mutable_ip_context()->add_src_ip_addrs("10.0.0.1/32");
  connection.mutable_path()->mutable_path_segments(0)->mutable_expires()->set_seconds(5);
  const nlohmann::json json = ToJson(connection);
  EXPECT_EQ(json["id"], "nsmgr-id");
  EXPECT_EQ(json["service"], "ns");
  EXPECT_EQ(json["endpoint"], "nse");
  EXPECT_EQ(json["state"], "DOWN");
  EXPECT_EQ(json["path"].size(), 2u);
  EXPECT_EQ(json["path"][0], (nlohmann::json{{"name", "nsc"}, {"id", "nsc-id"}, {"expires", 5}}));
  EXPECT_EQ(json["mechanism"]["parameters"]["vni"], "77");
  EXPECT_EQ(json["client_addresses"], nlohmann::json::array({"10.0.0.1/32"}));
  EXPECT_EQ(json["endpoint_addresses"], nlohmann::json::array());
}

TEST(ConnectionsToJson, SayHowLongTheyAreKnown) {
  const absl::Time now = absl::FromUnixSeconds(1'700'000'000);
  EXPECT_EQ(ToJson(std::vector<KnownConnection>{}, now), nlohmann::json::array());
  const nlohmann::json json = ToJson({{ConnectionThrough({"nsc"}, 0), now - absl::Seconds(90)}}, now);
  EXPECT_EQ(json.at(0)["age"], 90);
  EXPECT_EQ(json.at(0)["id"], "nsc-id");
}

TEST(ProcessToJson, CountsDescriptorsByKind) {
  auto sockets = [] { return ProcessToJson()["descriptors"].value("socket", 0); };
  const int before = sockets();
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(sockets(), before + 1);
  EXPECT_EQ(ProcessToJson()["descriptors"], ProcessToJson()["descriptors"]) << "not its own";
  EXPECT_GE(ProcessToJson()["threads"], 1);
}

TEST(Introspection, DumpsItsSectionsAsTheyAreNow) {
  Introspection introspection("nsmgr");
  int value = 1;
  introspection.Add("values", [&] { return nlohmann::json{value}; });
  introspection.Add("raw", [] { return nlohmann::json("no \xff UTF-8"); });
  value = 2;
  EXPECT_EQ(introspection.Dump()["name"], "nsmgr");
  EXPECT_EQ(introspection.Dump()["values"], nlohmann::json{2});
  EXPECT_TRUE(introspection.Dump()["process"].contains("descriptors"));
  ::nsm::introspection::DumpResponse response;
  EXPECT_TRUE(introspection.Dump(nullptr, nullptr, &response).ok());
  EXPECT_EQ(nlohmann::json::parse(response.json())["values"], nlohmann::json{2});
}

}  // namespace
}  // namespace nsm
