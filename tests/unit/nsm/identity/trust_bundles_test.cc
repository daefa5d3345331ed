// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/trust_bundles.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/nsm/identity/peer_verifier.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::HasSubstr;

class TrustBundlesTest : public testing::Test {
 protected:
  // Whom these certificates stand for, or why for nobody.
  std::string Verified(const std::string& pem) const {
    const absl::StatusOr<SpiffeId> id = bundles_->Verify(CertificatesOfPem(pem).value());
    if (id.ok()) return id->ToString();
    EXPECT_TRUE(absl::IsPermissionDenied(id.status())) << id.status();
    return std::string(id.status().message());
  }

  const TestTrustDomain west_{"west.test"};
  const TestTrustDomain east_{"east.test"};
  const TestTrustDomain other_{"other.test"};
  const std::shared_ptr<const TrustBundles> bundles_ = BundlesOf(west_, east_);
};

TEST_F(TrustBundlesTest, EachAuthorityVouchesForItsOwnDomain) {
  EXPECT_EQ(Verified(west_.Issue("a").certificate), "spiffe://west.test/a");
  EXPECT_EQ(Verified(east_.Issue("a").certificate), "spiffe://east.test/a");
}

TEST_F(TrustBundlesTest, NoAuthorityVouchesForAnotherDomain) {
  const std::string forged = east_.ca().Issue("workload", "URI:spiffe://west.test/a").certificate;
  EXPECT_THAT(Verified(forged), HasSubstr("spiffe://west.test/a"));
  EXPECT_THAT(Verified(forged), HasSubstr("certificate"));
}

TEST_F(TrustBundlesTest, WithoutABundleNobodyOfADomainIsTrusted) {
  EXPECT_THAT(Verified(other_.Issue("a").certificate), HasSubstr("there is no bundle of other.test"));
}

TEST_F(TrustBundlesTest, TimesCount) {
  EXPECT_THAT(Verified(west_.Issue("a", {.begins = -60, .ends = -1}).certificate), HasSubstr("has expired"));
  EXPECT_THAT(Verified(west_.Issue("a", {.begins = 60}).certificate), HasSubstr("not yet valid"));
}

TEST_F(TrustBundlesTest, AnIntermediateMustBeShown) {
  const TestCa between("between", west_.ca());
  const std::string leaf = between.Issue("workload", "URI:spiffe://west.test/a").certificate;
  EXPECT_EQ(Verified(leaf + between.Pem()), "spiffe://west.test/a");
  EXPECT_THAT(Verified(leaf), HasSubstr("unable to get local issuer"));
}

TEST_F(TrustBundlesTest, AWorkloadIsNoIntermediate) {
  const TestCertificate workload = west_.Issue("a");
  const TestCa impostor;  // signs as if it were the workload
  const std::string leaf = impostor.Issue("workload", "URI:spiffe://west.test/b").certificate;
  EXPECT_THAT(Verified(leaf + workload.certificate), HasSubstr("certificate"));
  EXPECT_THAT(Verified(leaf + impostor.Pem()), HasSubstr("certificate"));
}

TEST_F(TrustBundlesTest, AnAuthorityThatIsNoRootIsTrusted) {
  const TestCa between("between", west_.ca());
  TrustBundles bundles;
  bundles.Add("west.test", CertificatesOfPem(between.Pem()).value());
  const std::string leaf = between.Issue("workload", "URI:spiffe://west.test/a").certificate;
  EXPECT_TRUE(bundles.Verify(CertificatesOfPem(leaf).value()).ok());
}

TEST_F(TrustBundlesTest, OnlyOwnDomainsPeersWhereOthersAreNotExpected) {
  const Trust::Now trust = {.own_domain = "west.test", .bundles = bundles_};
  const Certificates west = CertificatesOfPem(west_.Issue("a").certificate).value();
  const Certificates east = CertificatesOfPem(east_.Issue("a").certificate).value();
  EXPECT_TRUE(VerifyPeer(trust, Peers::kOwnDomain, west).ok());
  EXPECT_TRUE(VerifyPeer(trust, Peers::kFederated, east).ok());
  const absl::Status refused = VerifyPeer(trust, Peers::kOwnDomain, east).status();
  EXPECT_THAT(std::string(refused.message()), HasSubstr("spiffe://east.test/a is not of west.test"));
}

TEST_F(TrustBundlesTest, AreEqualByWhatTheyTrust) {
  EXPECT_EQ(*bundles_, *BundlesOf(west_, east_));
  EXPECT_NE(*bundles_, *BundlesOf(west_));
  EXPECT_NE(*BundlesOf(west_), *BundlesOf(TestTrustDomain("west.test")));
}

}  // namespace
}  // namespace nsm
