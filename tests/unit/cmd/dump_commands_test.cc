// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/dump_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/rpc/introspection.h"
#include "src/nsm/rpc/server.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;

TEST(ObjectPrinter, PrintsWhatTheWholeObjectWouldBe) {
  const nlohmann::json rows = {{{"id", "a"}, {"path", {{{"name", "x\ny"}}}}}, {{"id", "b"}}, 3};
  std::ostringstream out;
  ObjectPrinter printer(out);
  printer.Add("connections", nlohmann::json::array({rows[0]}));
  printer.Add("connections", nlohmann::json::array({rows[1], rows[2]}));
  printer.Add("empty", nlohmann::json::array());
  printer.Add("name", "nsmgr");
  printer.Add("process", {{"threads", 3}});
  printer.End();
  const nlohmann::json whole = {{"connections", rows},
                                {"empty", nlohmann::json::array()},
                                {"name", "nsmgr"},
                                {"process", {{"threads", 3}}}};
  EXPECT_EQ(out.str(), whole.dump(2) + "\n");
}

TEST(ObjectPrinter, PrintsNothingAsAnObject) {
  std::ostringstream out;
  ObjectPrinter(out).End();
  EXPECT_EQ(out.str(), "{}\n");
}

class DumpCommandsTest : public testing::Test {
 protected:
  ~DumpCommandsTest() override { introspection_.Shutdown(); }
  // What the command prints about a program with these rows in that section.
  std::string Print(absl::Status (*command)(Identity&, const std::string&, std::ostream&),
                    const std::string& section, const nlohmann::json& rows) {
    introspection_.Add(section, [rows] { return rows; });
    server_ = Server::Start({folder_.Socket("us.sock")}, grpc::InsecureServerCredentials(), {&introspection_})
                  .value();
    std::ostringstream out;
    absl::Status status = command(own_, folder_.Socket("us.sock").ToString(), out);
    EXPECT_TRUE(status.ok()) << status;
    return out.str();
  }

  const TempFolder folder_;
  const SystemClock clock_;
  InsecureIdentity own_{"nsmctl", absl::Minutes(1), clock_};
  Introspection introspection_{"us"};
  std::unique_ptr<Server> server_;
};

TEST_F(DumpCommandsTest, DumpIsJson) {
  const nlohmann::json dump = nlohmann::json::parse(Print(PrintDump, "things", {1, 2}));
  EXPECT_EQ(dump["things"], (nlohmann::json{1, 2}));
  EXPECT_EQ(dump["name"], "us");
}

TEST_F(DumpCommandsTest, ConnectionsAreATable) {
  const std::string table = Print(
      PrintConnections, "connections",
      {{{"service", "ns"},
        {"endpoint", "nse"},
        {"state", "UP"},
        {"age", 90},
        {"mechanism", {{"type", "VXLAN"}, {"parameters", {{"vni", "7"}, {"src_ip", "A"}, {"dst_ip", "B"}}}}},
        {"path", {{{"name", "nsc"}, {"id", "nsc-0"}}, {{"name", "nsmgr"}, {"id", "x"}}}}},
       {{"mechanism", {{"type", "WIREGUARD"}, {"parameters", {{"src_ip", "A"}, {"dst_ip", "B"}}}}}},
       {{"mechanism", {{"type", "KERNEL"}, {"parameters", {{"name", "nsm-1"}}}}}}});
  EXPECT_THAT(table, HasSubstr("nsc-0        ns "));
  EXPECT_THAT(table, HasSubstr("WIREGUARD/A>B "));
  EXPECT_THAT(table, HasSubstr("KERNEL/nsm-1 "));
  EXPECT_THAT(table, HasSubstr("VXLAN/A>B/7"));
  EXPECT_THAT(table, HasSubstr("UP       1m30s    nsc > nsmgr\n"));
}

TEST_F(DumpCommandsTest, TrafficIsATableWithCountersBelow) {
  const nlohmann::json tunnel = {{"kind", "tunnel"}, {"remote", "192.0.2.2"}, {"vni", 77}};
  auto pod = [](const char* name, int sent, int fast) -> nlohmann::json {
    return {
        {"kind", "attachment"}, {"name", name}, {"traffic", {{"packets_sent", sent}, {"fast_sent", fast}}}};
  };
  const std::string table =
      Print(PrintTraffic, "dataplane",
            {{"cross_connects",
              {{{"id", "one"}, {"client", pod("nsm-1", 200, 150)}, {"endpoint", tunnel}},
               {{"id", "two"}, {"client", pod("nsm-2", 0, 0)}, {"endpoint", pod("nse-2", 3, 0)}}}},
             {"fast_path", "on"},
             {"counters", {{"drop_guard_ipv4", 5}}}});
  EXPECT_THAT(table, ContainsRegex("nsm-1 +192.0.2.2 VNI 77 +200 +75% +0 +- +one\n"));
  EXPECT_THAT(table, ContainsRegex("nsm-2 +nse-2 on this node +0 +- +3 +- +two\n"));
  EXPECT_THAT(table, ContainsRegex("nse-2 +nsm-2 on this node +3 +- +0 +- +two\n"));
  EXPECT_THAT(table, HasSubstr("\nfast path: on\n"));
  EXPECT_THAT(table, ContainsRegex("drop_guard_ipv4 +5\n"));
}

TEST_F(DumpCommandsTest, OnlyAForwarderHasTraffic) {
  std::ostringstream out;
  server_ = Server::Start({folder_.Socket("us.sock")}, grpc::InsecureServerCredentials(), {&introspection_})
                .value();
  const absl::Status status = PrintTraffic(own_, folder_.Socket("us.sock").ToString(), out);
  EXPECT_THAT(status.message(), HasSubstr("no section \"dataplane\""));
  EXPECT_EQ(out.str(), "");
}

TEST_F(DumpCommandsTest, FailuresAreATableWithoutControlCharacters) {
  const std::string table = Print(PrintFailures, "failures",
                                  {{{"time", "then"},
                                    {"hop", "nsc"},
                                    {"id", "nsc-0"},
                                    {"service", "ns"},
                                    {"code", "NOT_FOUND"},
                                    {"reason", "nsmgr: \x1b[2J no such service"}}});
  EXPECT_THAT(table, HasSubstr("NOT_FOUND: nsmgr:  [2J no such service\n"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b")));
}

TEST_F(DumpCommandsTest, AProgramThatIsNotThereIsNamed) {
  std::ostringstream out;
  const absl::Status status = PrintDump(own_, "unix:///nowhere.sock", out);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.message(), HasSubstr("unix:///nowhere.sock"));
}

}  // namespace
}  // namespace nsm::cmd
