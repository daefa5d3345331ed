// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cares_dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/harness/ip.h"
#include "tests/unit/proxy/fake_name_server.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Manner = FakeNameServer::Manner;
using Addresses = std::map<std::string, std::vector<std::string>>;

const Addresses kEast{{"east.example", {"203.0.113.1"}}};

std::unique_ptr<CaresDns> DnsAt(const std::vector<uint16_t>& ports) {
  std::vector<HostPort> servers;
  for (uint16_t port : ports) servers.push_back({"127.0.0.1", port});
  return CaresDns::Create(servers).value();
}
absl::StatusOr<std::vector<IpAddress>> Ask(const std::vector<uint16_t>& ports,
                                           absl::Duration time = absl::Seconds(20)) {
  return DnsAt(ports)->FindAddresses("east.example", absl::Now() + time);
}
absl::StatusOr<std::vector<SrvRecord>> AskForServices(const std::vector<uint16_t>& ports,
                                                      absl::Duration time = absl::Seconds(20)) {
  return DnsAt(ports)->FindServices("east.example", absl::Now() + time);
}
// Nobody listens there.
uint16_t ClosedPort() { return FakeNameServer({}).port(); }

TEST(CaresDns, GivesAllAddressesOfBothFamilies) {
  FakeNameServer server(
      {.addresses = {{"east.example", {"203.0.113.2", "2001:db8::2", "203.0.113.1", "2001:db8::1"}}}});
  auto addresses = Ask({server.port()});
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses,
              ElementsAre(Ip("2001:db8::2"), Ip("2001:db8::1"), Ip("203.0.113.2"), Ip("203.0.113.1")));
}

TEST(CaresDns, OneFamilyIsEnough) {
  FakeNameServer server({.addresses = {{"east.example", {"2001:db8::1"}}}});
  EXPECT_THAT(Ask({server.port()}).value(), ElementsAre(Ip("2001:db8::1")));
}

TEST(CaresDns, FindsServices) {
  std::vector<SrvRecord> records{{.priority = 1, .weight = 2, .port = 5005, .target = "one.east.example"},
                                 {.priority = 3, .weight = 4, .port = 5006, .target = "two.east.example"}};
  FakeNameServer server({.services = {{"east.example", records}}});
  auto services = AskForServices({server.port()});
  ASSERT_TRUE(services.ok()) << services.status();
  EXPECT_EQ(*services, records);
}

TEST(CaresDns, SaysWhatWasAskedOfWhomAndWhatCameBack) {
  FakeNameServer server({});
  absl::Status status = Ask({server.port()}).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("asking for AAAA and A records of east.example"));
  EXPECT_THAT(status.ToString(),
              HasSubstr(absl::StrCat("127.0.0.1:", server.port(), ": no such name (NXDOMAIN)")));
  status = AskForServices({server.port()}).status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("asking for SRV records of east.example"));
}

TEST(CaresDns, ANameWithoutSuchARecordIsNotFound) {
  FakeNameServer addresses({.addresses = kEast});
  EXPECT_TRUE(absl::IsNotFound(AskForServices({addresses.port()}).status()));
  FakeNameServer services({.services = {{"east.example", {{.target = "east.example"}}}}});
  EXPECT_TRUE(absl::IsNotFound(Ask({services.port()}).status()));
}

TEST(CaresDns, ASilentServerIsGivenUpAtTheDeadline) {
  FakeNameServer server({.manner = Manner::kSilent});
  absl::Time before = absl::Now();
  absl::Status status = Ask({server.port()}, absl::Milliseconds(100)).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("no valid answer"));
  EXPECT_LT(absl::Now() - before, absl::Seconds(5));
  EXPECT_GE(server.questions(), 1);
}

TEST(CaresDns, AfterABadServerTheNextOneIsAsked) {
  const FakeNameServer::Options bad[] = {
      {.manner = Manner::kSilent},         {.manner = Manner::kWrongId},
      {.manner = Manner::kWrongQuestion},  {.manner = Manner::kGarbage},
      {.code = FakeNameServer::kServFail}, {.code = FakeNameServer::kRefused, .addresses = kEast}};
  FakeNameServer good({.addresses = kEast});
  for (const auto& options : bad) {
    FakeNameServer server(options);
    auto addresses = Ask({server.port(), good.port()});
    ASSERT_TRUE(addresses.ok()) << addresses.status();
    EXPECT_THAT(*addresses, ElementsAre(Ip("203.0.113.1")));
    EXPECT_GE(server.questions(), 1);
  }
  EXPECT_TRUE(Ask({ClosedPort(), good.port()}).ok());
}

TEST(CaresDns, WhileAServerAnswersNoOtherIsAsked) {
  FakeNameServer first({}), second({.addresses = kEast});
  EXPECT_TRUE(absl::IsNotFound(Ask({first.port(), second.port()}).status()));
  EXPECT_EQ(second.questions(), 0);
}

TEST(CaresDns, ASlowServerStillCounts) {
  std::promise<void> asked;
  FakeNameServer slow({.addresses = kEast, .on_question = [future = asked.get_future().share()] {
                         future.wait_for(std::chrono::seconds(20));
                       }});
  FakeNameServer silent({.manner = Manner::kSilent, .on_question = [&asked, first = true]() mutable {
                           if (std::exchange(first, false)) asked.set_value();
                         }});
  auto addresses = Ask({slow.port(), silent.port()});
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses, ElementsAre(Ip("203.0.113.1")));
}

TEST(CaresDns, WhenAllAreBadTheErrorSaysWhatEachSaid) {
  FakeNameServer failing({.code = FakeNameServer::kServFail});
  FakeNameServer refusing({.code = FakeNameServer::kRefused});
  FakeNameServer garbage({.manner = Manner::kGarbage});
  const uint16_t closed = ClosedPort();
  absl::Status status =
      AskForServices({failing.port(), refusing.port(), closed, garbage.port()}, absl::Milliseconds(500))
          .status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.ToString(),
              HasSubstr(absl::StrCat("127.0.0.1:", failing.port(), ": SERVFAIL; 127.0.0.1:", refusing.port(),
                                     ": REFUSED; 127.0.0.1:", closed,
                                     ": not reachable; 127.0.0.1:", garbage.port(), ": ")));
}

TEST(CaresDns, ATruncatedAnswerIsAskedForOverTcp) {
  FakeNameServer server({.manner = Manner::kTruncated, .addresses = kEast});
  EXPECT_THAT(Ask({server.port()}).value(), ElementsAre(Ip("203.0.113.1")));
  EXPECT_EQ(server.questions_by_tcp(), 2) << "A and AAAA";
}

TEST(CaresDns, AHugeAnswerIsCut) {
  FakeNameServer server({.manner = Manner::kTruncated,
                         .addresses = {{"east.example", std::vector<std::string>(3000, "203.0.113.1")}}});
  EXPECT_EQ(Ask({server.port()}).value().size(), 64u);
}

TEST(CaresDns, ServersAreAddresses) {
  EXPECT_FALSE(CaresDns::Create({{.host = "ns.example", .port = 53}}).ok());
}

}  // namespace
}  // namespace nsm::proxy
