// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/spiffe_identity.h"

#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "networkservice.grpc.pb.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/context.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/token_claims.h"
#include "src/nsm/wire/wire.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Notes who calls, and shows itself.
class Listener final : public ::networkservice::NetworkService::Service {
 public:
  explicit Listener(const Identity& own) : own_(own) {}
  grpc::Status Request(grpc::ServerContext* call, const NetworkServiceRequest*, Connection*) override {
    caller = ContextFromCall(*call, Door{}, clock_).caller;
    own_.Show(*call);
    ++calls;
    return grpc::Status::OK;
  }
  Caller caller;
  int calls = 0;

 private:
  const SystemClock clock_;
  const Identity& own_;
};

class SpiffeIdentityTest : public testing::Test {
 protected:
  std::unique_ptr<SpiffeIdentity> Who(const TestTrustDomain& domain, const std::string& path,
                                      std::shared_ptr<const TrustBundles> bundles) const {
    return SpiffeIdentity::Create({domain.SvidOf(path), std::move(bundles)}, absl::Minutes(10), clock_)
        .value();
  }
  void Serve(SpiffeIdentity& identity, Peers peers = Peers::kOwnDomain) {
    listener_.emplace(identity);
    server_ = Server::Start({url_}, identity.ForServer(peers), {&*listener_}).value();
  }
  // The answer to one call of a channel of its own; `answered` is who did.
  grpc::Status Call(const std::shared_ptr<grpc::Channel>& channel, const ChannelPool& pool,
                    Peer* answered = nullptr) {
    grpc::ClientContext call;
    pool.Prepare(call, absl::Now() + absl::Seconds(5));
    Connection answer;
    const grpc::Status status =
        ::networkservice::NetworkService::NewStub(channel)->Request(&call, {}, &answer);
    if (answered != nullptr) *answered = PeerOf(call);
    return status;
  }
  grpc::Status CallAs(Identity& identity, Peers peers = Peers::kOwnDomain) {
    ChannelPool pool(identity, absl::Seconds(5));
    return Call(pool.Get(url_, peers), pool);
  }

  const SystemClock clock_;
  const TempFolder folder_;
  const Url url_ = folder_.Socket("us.sock");
  const TestTrustDomain west_{"west.test"};
  const TestTrustDomain east_{"east.test"};
  std::unique_ptr<SpiffeIdentity> nsmgr_ = Who(west_, "nsmgr", BundlesOf(west_, east_));
  std::unique_ptr<SpiffeIdentity> nsc_ = Who(west_, "nsc", BundlesOf(west_, east_));
  std::optional<Listener> listener_;
  std::unique_ptr<Server> server_;
};

TEST_F(SpiffeIdentityTest, BothKnowEachOther) {
  Serve(*nsmgr_);
  ChannelPool pool(*nsc_, absl::Seconds(5));
  Peer answered;
  const grpc::Status status = Call(pool.Get(url_), pool, &answered);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answered.id, "spiffe://west.test/nsmgr");
  EXPECT_EQ(listener_->caller.peer.id, "spiffe://west.test/nsc");
  const absl::StatusOr<TokenClaims> claims = ParseToken(listener_->caller.token);
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_EQ(claims->subject, "spiffe://west.test/nsc");
  EXPECT_THAT(claims->audience, ElementsAre("spiffe://west.test/nsmgr"));
  EXPECT_EQ(listener_->caller.token_expires, claims->expires);
  EXPECT_EQ(nsmgr_->CheckMaker(listener_->caller.token, listener_->caller.peer), absl::OkStatus());
}

TEST_F(SpiffeIdentityTest, OverTcpAsWell) {
  listener_.emplace(*nsmgr_);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", nsmgr_->ForServer(Peers::kOwnDomain), &port);
  builder.RegisterService(&*listener_);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  ChannelPool pool(*nsc_, absl::Seconds(5));
  const grpc::Status status = Call(pool.Get(Url::Tcp({"127.0.0.1", static_cast<uint16_t>(port)})), pool);
  EXPECT_TRUE(status.ok()) << status.error_message();
}

TEST_F(SpiffeIdentityTest, AnotherDomainsPeersAreLetInWhereFederated) {
  const auto eastern = Who(east_, "proxy", BundlesOf(west_, east_));
  Serve(*nsmgr_);
  EXPECT_FALSE(CallAs(*eastern, Peers::kFederated).ok());
  EXPECT_EQ(listener_->calls, 0);
  server_.reset();
  Serve(*nsmgr_, Peers::kFederated);
  EXPECT_TRUE(CallAs(*eastern, Peers::kFederated).ok());
  EXPECT_EQ(listener_->caller.peer.id, "spiffe://east.test/proxy");
  const grpc::Status unexpected = CallAs(*eastern, Peers::kOwnDomain);
  EXPECT_THAT(unexpected.error_message(), HasSubstr("spiffe://west.test/nsmgr is not of east.test"));
}

TEST_F(SpiffeIdentityTest, NobodyWithoutABundleIsLetIn) {
  const TestTrustDomain other("other.test");
  Serve(*nsmgr_, Peers::kFederated);
  EXPECT_FALSE(CallAs(*Who(other, "proxy", BundlesOf(west_, other)), Peers::kFederated).ok());
  const TestTrustDomain false_west("west.test");  // the name, but another authority
  EXPECT_FALSE(CallAs(*Who(false_west, "nsc", BundlesOf(false_west)), Peers::kFederated).ok());
  EXPECT_EQ(listener_->calls, 0);
}

TEST_F(SpiffeIdentityTest, NobodyWithoutACertificateIsLetIn) {
  Serve(*nsmgr_);
  for (const auto& credentials :
       {grpc::InsecureChannelCredentials(),
        grpc::SslCredentials(
            {.pem_root_certs = west_.ca().Pem(), .pem_private_key = "", .pem_cert_chain = ""})}) {
    grpc::ClientContext call;
    call.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
    Connection answer;
    EXPECT_FALSE(
        ::networkservice::NetworkService::NewStub(grpc::CreateChannel(url_.ToGrpcTarget(), credentials))
            ->Request(&call, {}, &answer)
            .ok());
  }
  EXPECT_EQ(listener_->calls, 0);
}

TEST_F(SpiffeIdentityTest, AnEndedCertificateIsOfNoUse) {
  Serve(*nsmgr_);
  const auto late =
      SpiffeIdentity::Create({west_.SvidOf("nsc", {.begins = -60, .ends = -1}), BundlesOf(west_)},
                             absl::Minutes(10), clock_)
          .value();
  EXPECT_FALSE(CallAs(*late).ok());
  EXPECT_EQ(listener_->calls, 0);
  EXPECT_TRUE(absl::IsUnavailable(late->Make("").status()));
}

TEST_F(SpiffeIdentityTest, ATokenLivesNoLongerThanItsCertificate) {
  const auto shortly =
      SpiffeIdentity::Create({west_.SvidOf("nsc", {.ends = 60}), BundlesOf(west_)}, absl::Minutes(10), clock_)
          .value();
  const absl::StatusOr<Token> token = shortly->Make("spiffe://west.test/nsmgr");
  ASSERT_TRUE(token.ok());
  EXPECT_LE(token->expires, clock_.Now() + absl::Minutes(1));
  EXPECT_EQ(ParseToken(token->text)->expires, token->expires);
}

TEST_F(SpiffeIdentityTest, OldChannelsGoOnAndNewOnesShowTheNewCertificate) {
  Serve(*nsmgr_);
  ChannelPool pool(*nsc_, absl::Seconds(5));
  const std::shared_ptr<grpc::Channel> old_channel = pool.Get(url_);
  ASSERT_TRUE(Call(old_channel, pool).ok());
  const std::string old_certificate = listener_->caller.peer.certificate;
  ASSERT_TRUE(nsc_->Replace({west_.SvidOf("nsc"), BundlesOf(west_, east_)}).ok());

  const std::shared_ptr<grpc::Channel> new_channel = pool.Get(url_);
  EXPECT_NE(new_channel, old_channel);
  for (const auto& channel : {old_channel, new_channel, old_channel}) {
    ASSERT_TRUE(Call(channel, pool).ok());
    EXPECT_EQ(listener_->caller.peer.certificate == old_certificate, channel == old_channel);
    // Each by the key of the certificate that it has shown.
    EXPECT_EQ(nsmgr_->CheckMaker(listener_->caller.token, listener_->caller.peer), absl::OkStatus());
  }
}

TEST_F(SpiffeIdentityTest, AServerShowsItsNewCertificateAtTheNextHandshake) {
  Serve(*nsmgr_);
  ChannelPool pool(*nsc_, absl::Seconds(5));
  Peer before;
  ASSERT_TRUE(Call(pool.Get(url_), pool, &before).ok());
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_, east_)}).ok());
  Peer now = before;
  for (const absl::Time limit = absl::Now() + absl::Seconds(10);
       now.certificate == before.certificate && absl::Now() < limit;) {
    ChannelPool others(*nsc_, absl::Seconds(5));
    ASSERT_TRUE(Call(others.Get(url_), others, &now).ok());
  }
  EXPECT_NE(now.certificate, before.certificate);
}

TEST_F(SpiffeIdentityTest, WhatANewKeySignsCountsOnAnOlderConnection) {
  Serve(*nsmgr_);
  ChannelPool pool(*nsc_, absl::Seconds(5));
  const std::shared_ptr<grpc::Channel> channel = pool.Get(url_);
  ASSERT_TRUE(Call(channel, pool).ok());
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_, east_)}).ok());
  Peer answered;
  ASSERT_TRUE(Call(channel, pool, &answered).ok());
  const std::string token = nsmgr_->Make("spiffe://west.test/nsc")->text;
  EXPECT_EQ(nsc_->CheckMaker(token, answered), absl::OkStatus());

  Peer silent = answered;
  silent.newest.clear();
  EXPECT_TRUE(absl::IsPermissionDenied(nsc_->CheckMaker(token, silent)));
  // Others' certificates say nothing about it.
  const std::shared_ptr<const Svid> mallory = west_.SvidOf("mallory");
  Peer of_other = answered;
  of_other.newest = mallory->chain_der;
  const std::string forged =
      TokenSigner(mallory, absl::Minutes(1), clock_).Make("spiffe://west.test/nsc")->text;
  EXPECT_THAT(std::string(nsc_->CheckMaker(forged, of_other).message()),
              HasSubstr("has shown one of spiffe://west.test/mallory"));
  const TestTrustDomain false_west("west.test");
  const std::shared_ptr<const Svid> false_nsmgr = false_west.SvidOf("nsmgr");
  Peer of_false = answered;
  of_false.newest = false_nsmgr->chain_der;
  const std::string false_token =
      TokenSigner(false_nsmgr, absl::Minutes(1), clock_).Make("spiffe://west.test/nsc")->text;
  EXPECT_TRUE(absl::IsPermissionDenied(nsc_->CheckMaker(false_token, of_false)));
  of_false.newest = "no certificate";
  EXPECT_TRUE(absl::IsPermissionDenied(nsc_->CheckMaker(false_token, of_false)));
}

TEST_F(SpiffeIdentityTest, BundlesCountFromTheNextHandshakeOn) {
  const auto eastern = Who(east_, "proxy", BundlesOf(west_, east_));
  Serve(*nsmgr_, Peers::kFederated);
  ASSERT_TRUE(CallAs(*eastern, Peers::kFederated).ok());
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_)}).ok());
  EXPECT_FALSE(CallAs(*eastern, Peers::kFederated).ok());
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_, east_)}).ok());
  EXPECT_TRUE(CallAs(*eastern, Peers::kFederated).ok());
}

TEST_F(SpiffeIdentityTest, WhoIsTrustedNoMoreIsNotServedByOlderConnectionsEither) {
  const auto eastern = Who(east_, "proxy", BundlesOf(west_, east_));
  Serve(*nsmgr_, Peers::kFederated);
  ChannelPool pool(*eastern, absl::Seconds(5));
  const std::shared_ptr<grpc::Channel> channel = pool.Get(url_, Peers::kFederated);
  ASSERT_TRUE(Call(channel, pool).ok());
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_)}).ok());
  const grpc::Status refused = Call(channel, pool);
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_THAT(refused.error_message(), HasSubstr("there is no bundle of east.test"));
  ASSERT_TRUE(nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(west_, east_)}).ok());
  EXPECT_TRUE(Call(channel, pool).ok());
  EXPECT_EQ(listener_->calls, 2);
}

TEST_F(SpiffeIdentityTest, AConnectionIsServedNoLongerThanItsCertificateLives) {
  const FakeClock stopped;  // so that the client itself does not notice
  const auto shortly =
      SpiffeIdentity::Create({west_.SvidOf("nsc", {.ends = 2}), BundlesOf(west_)}, absl::Minutes(10), stopped)
          .value();
  Serve(*nsmgr_);
  ChannelPool pool(*shortly, absl::Seconds(5));
  const std::shared_ptr<grpc::Channel> channel = pool.Get(url_);
  ASSERT_TRUE(Call(channel, pool).ok());
  grpc::Status status;
  for (const absl::Time limit = absl::Now() + absl::Seconds(10); status.ok() && absl::Now() < limit;) {
    status = Call(channel, pool);
  }
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED) << status.error_message();
}

TEST_F(SpiffeIdentityTest, WithoutItsOwnBundleAStateIsNotTakenOver) {
  Serve(*nsmgr_);
  const uint64_t generation = nsmgr_->generation();
  const absl::Status refused = nsmgr_->Replace({west_.SvidOf("nsmgr"), BundlesOf(east_)});
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("no bundle of our own trust domain, west.test"));
  EXPECT_EQ(nsmgr_->generation(), generation);
  EXPECT_TRUE(CallAs(*nsc_).ok());
}

}  // namespace
}  // namespace nsm
