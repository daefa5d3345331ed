// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/introspection.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>

#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/monitor/connection_json.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/read_dump.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/limits.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/temp_folder.h"

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

class IntrospectionTest : public testing::Test {
 protected:
  ~IntrospectionTest() override { introspection_.Shutdown(); }
  // All values of each section, in the order in which they come.
  absl::StatusOr<std::map<std::string, std::vector<nlohmann::json>>> Dump(
      const std::vector<std::string>& sections = {}) {
    if (server_ == nullptr)
      server_ = Server::Start({url_}, grpc::InsecureServerCredentials(), {&introspection_}).value();
    std::map<std::string, std::vector<nlohmann::json>> values;
    ChannelPool::Call call(channels_, absl::Now() + absl::Minutes(5));
    RETURN_IF_ERROR(ReadDump(channels_.Get(url_), call.context(), sections,
                             [&values](const std::string& section, nlohmann::json value) {
                               values[section].push_back(std::move(value));
                             }));
    return values;
  }
  // A list of so many rows, `at_once` of them at a time.
  void AddNumbers(int rows, int at_once) {
    introspection_.AddList("numbers", [=] {
      return [=, next = 0]() mutable {
        nlohmann::json page = nlohmann::json::array();
        while (next < rows && static_cast<int>(page.size()) < at_once) page.push_back(next++);
        return page;
      };
    });
  }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("us.sock");
  SystemClock clock_;
  InsecureIdentity tokens_{"nsmctl", absl::Minutes(1), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  Introspection introspection_{"nsmgr"};
  std::unique_ptr<Server> server_;
};

TEST_F(IntrospectionTest, DumpsItsSectionsAsTheyAreNow) {
  int value = 1;
  introspection_.Add("values", [&] { return nlohmann::json{value}; });
  introspection_.Add("none", [] { return nlohmann::json::array(); });
  introspection_.Add("raw", [] { return nlohmann::json("no \xff UTF-8"); });
  value = 2;
  auto dump = Dump();
  ASSERT_TRUE(dump.ok()) << dump.status();
  using Values = std::vector<nlohmann::json>;
  EXPECT_EQ((*dump)["name"], Values{"nsmgr"});
  EXPECT_EQ((*dump)["values"], Values{nlohmann::json{2}});
  EXPECT_EQ((*dump)["none"], Values{nlohmann::json::array()});
  EXPECT_EQ((*dump)["raw"].size(), 1u);
  EXPECT_TRUE((*dump)["process"].at(0).contains("descriptors"));
}

TEST_F(IntrospectionTest, AListComesInPartsAndAnEmptyOneOnce) {
  AddNumbers(5, 2);
  introspection_.AddList("empty", [] { return [] { return nlohmann::json::array(); }; });
  auto dump = Dump();
  ASSERT_TRUE(dump.ok()) << dump.status();
  EXPECT_EQ((*dump)["numbers"], (std::vector<nlohmann::json>{{0, 1}, {2, 3}, {4}}));
  EXPECT_EQ((*dump)["empty"], std::vector<nlohmann::json>{nlohmann::json::array()});
}

TEST_F(IntrospectionTest, AValueThatIsLargerThanAnyMessageArrivesWhole) {
  const std::string large(3 * limits::kAnswer, 'x');
  introspection_.Add("large", [&] { return large; });
  auto dump = Dump({"large"});
  ASSERT_TRUE(dump.ok()) << dump.status();
  ASSERT_EQ((*dump)["large"].size(), 1u);
  EXPECT_EQ((*dump)["large"][0], large);
}

TEST_F(IntrospectionTest, OnlyWhatIsAskedForIsMade) {
  AddNumbers(1, 1);
  introspection_.Add("dear", [] {
    ADD_FAILURE() << "nobody has asked for it";
    return nlohmann::json();
  });
  auto dump = Dump({"numbers"});
  ASSERT_TRUE(dump.ok()) << dump.status();
  EXPECT_EQ(dump->size(), 1u);
  EXPECT_EQ(Dump({"numbers", "other"}).status(),
            absl::NotFoundError("this program has no section \"other\""));
}

TEST_F(IntrospectionTest, ALongListIsMadeAsItIsRead) {
  std::atomic<int> made = 0;
  introspection_.AddList("lines", [&made] {
    return [&made] {
      return ++made > 1000 ? nlohmann::json::array() : nlohmann::json{std::string(100'000, 'x')};
    };
  });
  server_ = Server::Start({url_}, grpc::InsecureServerCredentials(), {&introspection_}).value();
  ::nsm::introspection::DumpRequest request;
  request.add_sections("lines");
  ChannelPool::Call call(channels_, absl::Now() + absl::Minutes(5));
  auto reader =
      ::nsm::introspection::Introspection::NewStub(channels_.Get(url_))->Dump(&call.context(), request);
  ::nsm::introspection::DumpResponse piece;
  ASSERT_TRUE(reader->Read(&piece));
  introspection_.Shutdown();
  while (reader->Read(&piece)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(made, 1000) << "all of it was made, though hardly anything was read";
}

}  // namespace
}  // namespace nsm
