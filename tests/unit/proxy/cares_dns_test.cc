// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cares_dns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/unit/proxy/fake_name_server.h"

namespace nsm::proxy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

IpAddress Ip(const char* text) { return IpAddress::Parse(text).value(); }

absl::StatusOr<std::vector<IpAddress>> Ask(std::vector<uint16_t> ports, const std::string& host,
                                           absl::Duration time = absl::Seconds(20)) {
  std::vector<HostPort> servers;
  for (uint16_t port : ports) servers.push_back({"127.0.0.1", port});
  return CaresDns::Create(servers).value()->FindAddresses(host, absl::Now() + time);
}

TEST(CaresDns, GivesAllAddressesInOrder) {
  FakeNameServer server(FakeNameServer::kNoError, {"203.0.113.2", "203.0.113.1"});
  auto addresses = Ask({server.port()}, "east.example");
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses, ElementsAre(Ip("203.0.113.2"), Ip("203.0.113.1")));
}

TEST(CaresDns, SaysWhatWasAskedOfWhomAndWhatCameBack) {
  FakeNameServer server(FakeNameServer::kNoSuchName, {});
  absl::Status status = Ask({server.port()}, "east.example").status();
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
  EXPECT_THAT(status.ToString(),
              HasSubstr(absl::StrCat("asking 127.0.0.1:", server.port(), " for A records of east.example")));
  EXPECT_THAT(status.ToString(), HasSubstr("NXDOMAIN"));
}

TEST(CaresDns, ANameWithoutAddressIsNotFound) {
  FakeNameServer server(FakeNameServer::kNoError, {});
  EXPECT_TRUE(absl::IsNotFound(Ask({server.port()}, "east.example").status()));
}

TEST(CaresDns, ASilentServerIsGivenUpAtTheDeadline) {
  FakeNameServer server(FakeNameServer::kNoError, {}, /*silent=*/true);
  absl::Time before = absl::Now();
  absl::Status status = Ask({server.port()}, "east.example", absl::Milliseconds(100)).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("no answer within"));
  EXPECT_LT(absl::Now() - before, absl::Seconds(5));
  EXPECT_GE(server.questions(), 1);
}

TEST(CaresDns, TheNextServerIsAsked) {
  FakeNameServer silent(FakeNameServer::kNoError, {}, /*silent=*/true);
  FakeNameServer server(FakeNameServer::kNoError, {"203.0.113.1"});
  auto addresses = Ask({silent.port(), server.port()}, "east.example", absl::Seconds(2));
  ASSERT_TRUE(addresses.ok()) << addresses.status();
  EXPECT_THAT(*addresses, ElementsAre(Ip("203.0.113.1")));
}

TEST(CaresDns, ServersAreAddresses) {
  EXPECT_FALSE(CaresDns::Create({{.host = "ns.example", .port = 53}}).ok());
}

}  // namespace
}  // namespace nsm::proxy
