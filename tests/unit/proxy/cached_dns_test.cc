// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cached_dns.h"

#include <gtest/gtest.h>

#include "tests/harness/fake_clock.h"
#include "tests/unit/proxy/fake_dns.h"

namespace nsm::proxy {
namespace {

class CachedDnsTest : public testing::Test {
 protected:
  CachedDnsTest() { dns_.AddHost("east", {"203.0.113.1"}); }
  absl::StatusOr<std::vector<IpAddress>> Find(const std::string& host) {
    return cached_.FindAddresses(host, clock_.Now() + absl::Seconds(5));
  }
  void Break() { dns_.errors["east"] = dns_.errors["west"] = absl::UnavailableError("no name server"); }

  FakeClock clock_;
  FakeDns dns_;
  CachedDns cached_{dns_, clock_};
};

TEST_F(CachedDnsTest, AnAnswerCountsForASecond) {
  EXPECT_EQ(Find("east").value().size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(Find("west").status()));
  dns_.AddHost("east", {"203.0.113.2"});
  dns_.AddHost("west", {"198.51.100.1"});
  EXPECT_EQ(Find("east").value().size(), 1u);
  EXPECT_TRUE(absl::IsNotFound(Find("west").status()));
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Find("east").value().size(), 2u);
  EXPECT_TRUE(Find("west").ok());
}

TEST_F(CachedDnsTest, KindsOfRecordsAreApart) {
  dns_.services["east"] = {{.port = 5005, .target = "east"}};
  EXPECT_TRUE(Find("east").ok());
  EXPECT_EQ(cached_.FindServices("east", clock_.Now()).value().at(0).port, 5005);
  EXPECT_EQ(dns_.asked.size(), 2u);
}

TEST_F(CachedDnsTest, WhatWasKnownIsUsedWhileNobodyAnswers) {
  ASSERT_TRUE(Find("east").ok());
  ASSERT_TRUE(absl::IsNotFound(Find("west").status()));
  Break();
  clock_.Advance(absl::Minutes(9));
  EXPECT_TRUE(Find("east").ok());
  EXPECT_EQ(dns_.deadlines.back(), clock_.Now() + absl::Milliseconds(300))
      << "known, so it need not take long";
  EXPECT_TRUE(absl::IsNotFound(Find("west").status()));
  EXPECT_EQ(dns_.asked.size(), 4u);
  EXPECT_TRUE(Find("east").ok());
  EXPECT_EQ(dns_.asked.size(), 4u) << "only once a second";
  clock_.Advance(absl::Minutes(1));
  EXPECT_TRUE(absl::IsUnavailable(Find("east").status()));
}

TEST_F(CachedDnsTest, FailuresAreNotKept) {
  Break();
  EXPECT_TRUE(absl::IsUnavailable(Find("east").status()));
  EXPECT_EQ(dns_.deadlines.back(), clock_.Now() + absl::Seconds(5));
  dns_.errors.clear();
  EXPECT_TRUE(Find("east").ok());
}

}  // namespace
}  // namespace nsm::proxy
