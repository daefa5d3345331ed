// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/authorize.h"

#include <map>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/request/update_token.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/test_trust_domain.h"

namespace nsm {
namespace {

using testing::HasSubstr;

// The forwarder of the path nsc > nsmgr > forwarder, and others that want something of it.
class AuthorizeTest : public testing::Test {
 protected:
  AuthorizeTest() {
    chain_.Add<UpdateToken>(*own_);
    chain_.Add<Authorize>(*own_, Policies(), known_, clock_);
    end_ = &chain_.Add<ChainEnd>();
  }
  std::string Token(const std::string& from, const std::string& to) {
    return Signer(from).Make(domain_.Id(to)).value().text;
  }
  TokenSigner Signer(const std::string& name) {
    std::shared_ptr<const Svid>& svid = svids_[name];
    if (svid == nullptr) svid = domain_.SvidOf(name);
    return TokenSigner(svid, absl::Minutes(10), clock_);
  }
  // As that program's call for us comes in.
  Context CallFrom(const std::string& name) {
    Context context;
    context.is_called = true;
    context.caller.token = Token(name, "forwarder");
    context.caller.token_expires = clock_.Now() + absl::Minutes(10);
    context.caller.peer = {.id = domain_.Id(name), .certificate = svids_.at(name)->chain_pem, .newest = ""};
    return context;
  }
  // Its first segment has the token of `client` for `hop`, by which it comes to us.
  Connection Through(const std::string& client, const std::string& hop) {
    Connection connection = ConnectionThrough({client, hop, "forwarder"}, 2);
    connection.mutable_path()->mutable_path_segments(0)->set_token(Token(client, hop));
    return connection;
  }
  absl::Status Request(const std::string& caller, const Connection& connection) {
    Context context = CallFrom(caller);
    absl::StatusOr<Connection> answer = chain_.Request(context, RequestFor(connection));
    if (answer.ok()) known_.Update(*answer);
    return answer.status();
  }
  absl::Status Close(const std::string& caller, const Connection& connection) {
    Context context = CallFrom(caller);
    return chain_.Close(context, connection);
  }
  static std::string Denial(const absl::Status& status) {
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
    return std::string(status.message());
  }

  const SystemClock clock_;
  const TestTrustDomain domain_{"west.test"};
  std::map<std::string, std::shared_ptr<const Svid>> svids_;
  const std::unique_ptr<SpiffeIdentity> own_ =
      SpiffeIdentity::Create({domain_.SvidOf("forwarder"), BundlesOf(domain_)}, absl::Minutes(10), clock_)
          .value();
  ConnectionMonitor known_{clock_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
};

TEST_F(AuthorizeTest, WhoComesByAGoodPathGoesOn) {
  EXPECT_EQ(Request("nsmgr", Through("nsc", "nsmgr")), absl::OkStatus());
  EXPECT_EQ(Request("nsmgr", Through("nsc", "nsmgr")), absl::OkStatus());
  EXPECT_EQ(Close("nsmgr", Through("nsc", "nsmgr")), absl::OkStatus());
  EXPECT_EQ(end_->requests.size(), 2);
  EXPECT_EQ(end_->closes.size(), 1);
}

TEST_F(AuthorizeTest, WithoutATokenNothingIsDone) {
  Context context = CallFrom("nsmgr");
  context.caller.token.clear();
  EXPECT_THAT(Denial(chain_.Request(context, RequestFor(Through("nsc", "nsmgr"))).status()),
              HasSubstr("policy common/tokens_valid: token 2 of 3: a token is missing"));
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(AuthorizeTest, AnothersTokenIsOfNoUse) {
  Context context = CallFrom("mallory");
  context.caller.token = Token("nsmgr", "forwarder");
  EXPECT_THAT(Denial(chain_.Request(context, RequestFor(Through("nsc", "nsmgr"))).status()),
              HasSubstr("policy server/prev_token_signed"));
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(AuthorizeTest, AForgedPathIsRefused) {
  // The client's token is for the NSMgr, not for who shows it here.
  EXPECT_THAT(Denial(Request("mallory", Through("nsc", "nsmgr"))), HasSubstr("policy common/tokens_chained"));
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(AuthorizeTest, NobodyElseAsksForAConnectionOrClosesIt) {
  ASSERT_EQ(Request("nsmgr", Through("nsc", "nsmgr")), absl::OkStatus());
  // By a good path of its own, but with the id that the connection has here.
  Connection foreign = Through("mallory-pod", "mallory");
  EXPECT_THAT(Denial(Request("mallory", foreign)),
              HasSubstr("policy server/connection_owner: connection forwarder-id is "
                        "not one of spiffe://west.test/mallory"));
  EXPECT_THAT(Denial(Close("mallory", foreign)), HasSubstr("policy server/connection_owner"));
  EXPECT_EQ(end_->requests.size(), 1);
  EXPECT_TRUE(end_->closes.empty());
}

TEST_F(AuthorizeTest, AHopThatIsAnotherOneNowShowsTheWayToIt) {
  ASSERT_EQ(Request("nsmgr", Through("nsc", "nsmgr")), absl::OkStatus());
  EXPECT_EQ(Request("nsmgr-2", Through("nsc", "nsmgr-2")), absl::OkStatus());
  Connection unknown = Through("nsc", "nsmgr-3");
  unknown.mutable_path()->mutable_path_segments(0)->set_id("guessed");
  EXPECT_THAT(Denial(Request("nsmgr-3", unknown)), HasSubstr("policy server/connection_owner"));
}

TEST_F(AuthorizeTest, AClientIsAlwaysItself) {
  Connection connection = ConnectionThrough({"nsc", "forwarder"}, 1);
  ASSERT_EQ(Request("nsc", connection), absl::OkStatus());
  EXPECT_THAT(Denial(Request("mallory", connection)), HasSubstr("policy server/connection_owner"));
  EXPECT_THAT(Denial(Close("mallory", connection)), HasSubstr("policy server/connection_owner"));
  EXPECT_EQ(Close("nsc", connection), absl::OkStatus());
}

TEST_F(AuthorizeTest, WhatThisProgramDoesByItselfIsNotAsked) {
  Context context;
  EXPECT_EQ(chain_.Close(context, ConnectionThrough({"nsc", "nsmgr", "forwarder"}, 2)), absl::OkStatus());
}

TEST_F(AuthorizeTest, WithoutIdentitiesEverybodyMay) {
  InsecureIdentity insecure("forwarder", absl::Minutes(10), clock_);
  Chain chain;
  chain.Add<Authorize>(insecure, Policies(), known_, clock_);
  chain.Add<ChainEnd>();
  Context context;
  context.is_called = true;
  EXPECT_TRUE(chain.Request(context, RequestFor(ConnectionThrough({"nsc", "forwarder"}, 1))).ok());
}

}  // namespace
}  // namespace nsm
