// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/certificate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::webhook {
namespace {

using testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1800000000);
const Lifetime kYear = {kNow, kNow + absl::Hours(24 * 365)};
const std::vector<std::string> kNames = {"nsm-webhook.nsm-system.svc", "127.0.0.1", "2001:db8::1"};

TEST(Certificate, AnAuthoritySignsForEveryName) {
  const KeyPair authority = MakeAuthority("test", kYear).value();
  const KeyPair server = MakeServerCertificate(authority, kNames, kYear).value();
  EXPECT_EQ(CheckKey(authority), absl::OkStatus());
  EXPECT_EQ(CheckKey(server), absl::OkStatus());
  EXPECT_EQ(CheckServerCertificate(server.certificate, authority.certificate, kNames), absl::OkStatus());
  EXPECT_EQ(LifetimeOf(server.certificate)->from, kYear.from);
  EXPECT_EQ(LifetimeOf(server.certificate)->to, kYear.to);
}

TEST(Certificate, AnotherNameAuthorityOrKeyIsNoticed) {
  const KeyPair authority = MakeAuthority("test", kYear).value(),
                other = MakeAuthority("test", kYear).value();
  const KeyPair server = MakeServerCertificate(authority, kNames, kYear).value();
  for (const char* name : {"other.nsm-system.svc", "127.0.0.2", "2001:db8::2", "nsm-webhook"}) {
    EXPECT_THAT(CheckServerCertificate(server.certificate, authority.certificate, {name}).message(),
                HasSubstr(name));
  }
  EXPECT_THAT(CheckServerCertificate(server.certificate, other.certificate, kNames).message(),
              HasSubstr("has not signed"));
  EXPECT_THAT(CheckKey({server.certificate, other.key}).message(), HasSubstr("not the certificate's"));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckKey({"x", server.key})));
  EXPECT_TRUE(absl::IsInvalidArgument(CheckKey({server.certificate, ""})));
  EXPECT_TRUE(absl::IsInvalidArgument(LifetimeOf("x").status()));
}

TEST(Certificate, ANameIsADnsNameOrAnAddress) {
  const KeyPair authority = MakeAuthority("test", kYear).value();
  for (const char* name : {"", "a,DNS:b", "a b", "a:b", "*"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(MakeServerCertificate(authority, {name}, kYear).status())) << name;
  }
  EXPECT_TRUE(absl::IsInvalidArgument(MakeServerCertificate(authority, {}, kYear).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(MakeServerCertificate({"", ""}, kNames, kYear).status()));
}

TEST(SplitCertificates, FindsThemAmongOtherText) {
  const std::string one = MakeAuthority("one", kYear)->certificate,
                    two = MakeAuthority("two", kYear)->certificate;
  EXPECT_THAT(SplitCertificates("# first\n" + one + "text\n" + two + "-----BEGIN CERTIFICATE-----\ncut"),
              testing::ElementsAre(one, two));
  EXPECT_THAT(SplitCertificates(""), testing::IsEmpty());
}

}  // namespace
}  // namespace nsm::webhook
