// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/svid.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/nsm/identity/certificates.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::HasSubstr;

class SvidTest : public testing::Test {
 protected:
  // Why it is none.
  std::string Refusal(const TestCertificate& issued) const {
    const auto svid = Svid::FromPem(issued.certificate, issued.key);
    EXPECT_TRUE(absl::IsInvalidArgument(svid.status())) << svid.status();
    return std::string(svid.status().message());
  }
  std::string RefusalOfNames(const std::string& names, const TestWish& wish = {}) const {
    return Refusal(domain_.ca().Issue("workload", names, wish));
  }

  const TestTrustDomain domain_{"west.test"};
};

TEST_F(SvidTest, HasItsNameAndItsEnd) {
  const std::shared_ptr<const Svid> svid = domain_.SvidOf("nsmgr", {.ends = 60});
  EXPECT_EQ(svid->id.ToString(), "spiffe://west.test/nsmgr");
  EXPECT_LE(absl::AbsDuration(svid->end - absl::Now() - absl::Minutes(1)), absl::Seconds(5));
}

TEST_F(SvidTest, IsTheSameFromPemAndFromDer) {
  const std::shared_ptr<const Svid> svid = domain_.SvidOf("nsmgr");
  unsigned char* key = nullptr;
  const int size = i2d_PrivateKey(svid->key.get(), &key);
  const auto other =
      Svid::FromDer(svid->chain_der, {reinterpret_cast<char*>(key), static_cast<size_t>(size)});
  OPENSSL_free(key);
  ASSERT_TRUE(other.ok()) << other.status();
  EXPECT_EQ((*other)->chain_pem, svid->chain_pem);
  EXPECT_EQ((*other)->key_pem, svid->key_pem);
}

TEST_F(SvidTest, KeepsThoseThatLeadToItsRoot) {
  const TestCa between("between", domain_.ca());
  const TestCertificate issued = between.Issue("workload", "URI:spiffe://west.test/nsmgr");
  const auto svid = Svid::FromPem(issued.certificate + between.Pem(), issued.key);
  ASSERT_TRUE(svid.ok()) << svid.status();
  EXPECT_EQ(CertificatesOfPem((*svid)->chain_pem)->size(), 2);
  EXPECT_EQ(CertificatesOfDer((*svid)->chain_der)->size(), 2);
}

TEST_F(SvidTest, IsRefusedWithoutExactlyOneName) {
  EXPECT_THAT(RefusalOfNames(""), HasSubstr("names no SPIFFE ID"));
  EXPECT_THAT(RefusalOfNames("DNS:west.test"), HasSubstr("names no SPIFFE ID"));
  EXPECT_THAT(RefusalOfNames("URI:spiffe://west.test/a,URI:spiffe://west.test/b"),
              HasSubstr("more than one URI"));
  EXPECT_THAT(RefusalOfNames("URI:https://west.test/a"), HasSubstr("begins with spiffe://"));
  EXPECT_THAT(RefusalOfNames("URI:spiffe://west.test"), HasSubstr("has no path"));
}

TEST_F(SvidTest, IsRefusedAsAnAuthoritys) {
  EXPECT_THAT(RefusalOfNames("URI:spiffe://west.test/a",
                             {.extensions = {{NID_basic_constraints, "critical,CA:TRUE"}}}),
              HasSubstr("an authority's"));
  EXPECT_THAT(RefusalOfNames("URI:spiffe://west.test/a",
                             {.extensions = {{NID_basic_constraints, "critical,CA:FALSE"},
                                             {NID_key_usage, "critical,digitalSignature,cRLSign"}}}),
              HasSubstr("may sign certificates"));
}

TEST_F(SvidTest, IsRefusedWithAnothersKeyOrAnotherCurve) {
  const TestCertificate issued = domain_.Issue("a");
  EXPECT_THAT(Refusal({issued.certificate, domain_.Issue("b").key}),
              HasSubstr("not that of the certificate"));
  EXPECT_THAT(Refusal({issued.certificate, "no key"}), HasSubstr("the key: not one"));
  EXPECT_THAT(Refusal({"no certificate", issued.key}), HasSubstr("no certificate in it"));
  EXPECT_THAT(Refusal(domain_.Issue("a", {.curve = "P-384"})), HasSubstr("P-256"));
}

TEST_F(SvidTest, DamagedCertificatesAreRefused) {
  std::string der = domain_.SvidOf("a")->chain_der;
  EXPECT_TRUE(CertificatesOfDer(der).ok());
  EXPECT_FALSE(CertificatesOfDer(der.substr(0, der.size() - 1)).ok());
  EXPECT_FALSE(CertificatesOfDer(der + "x").ok());
  EXPECT_FALSE(CertificatesOfDer("").ok());
  const std::string pem = domain_.ca().Pem();
  EXPECT_FALSE(
      CertificatesOfPem(pem + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").ok());
  EXPECT_FALSE(CertificatesOfPem("").ok());
}

}  // namespace
}  // namespace nsm
