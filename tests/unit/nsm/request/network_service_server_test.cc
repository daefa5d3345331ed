// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/network_service_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/request/update_path.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/limits.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

using Stub = ::networkservice::NetworkService::Stub;

// Says for the chain's end whether the call that it works on was cancelled.
class Exposing final : public ::networkservice::NetworkService::Service {
 public:
  explicit Exposing(NetworkServiceServer& server) : server_(server) {}
  grpc::Status Request(grpc::ServerContext* call, const NetworkServiceRequest* request,
                       Connection* answer) override {
    call_ = call;
    grpc::Status status = server_.Request(call, request, answer);
    ended.Push(status);
    return status;
  }
  grpc::Status Close(grpc::ServerContext* call, const Connection* connection,
                     google::protobuf::Empty* answer) override {
    return server_.Close(call, connection, answer);
  }
  void WaitUntilCancelled() {
    while (!call_.load()->IsCancelled()) std::this_thread::yield();
  }
  BlockingQueue<grpc::Status> ended;

 private:
  NetworkServiceServer& server_;
  std::atomic<grpc::ServerContext*> call_ = nullptr;
};

class NetworkServiceServerTest : public testing::Test {
 protected:
  NetworkServiceServerTest() {
    chain_.Add<UpdatePath>("us");
    end_ = &chain_.Add<ChainEnd>();
    server_ = Server::Start({url_}, grpc::InsecureServerCredentials(), {&exposing_}).value();
    stub_ = ::networkservice::NetworkService::NewStub(channels_.Get(url_));
  }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("us.sock");
  FakeClock clock_;
  InsecureIdentity tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  const Door door_{.url = url_, .entrants = Entrants::kNode};
  Outcomes outcomes_{clock_};
  NetworkServiceServer service_{"us", tokens_, chain_, door_, clock_, outcomes_};
  Exposing exposing_{service_};
  std::unique_ptr<Server> server_;
  std::unique_ptr<Stub> stub_;
  grpc::ClientContext call_;
  Connection answer_;
};

TEST_F(NetworkServiceServerTest, TheCallerIsReadFromTheCall) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  channels_.Prepare(call_, deadline);
  auto status = stub_->Request(&call_, RequestFor(ConnectionThrough({"nsc"}, 0)), &answer_);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(answer_.id(), "nsc-id");
  const Context& context = end_->contexts.at(0);
  EXPECT_TRUE(context.caller.is_local);
  EXPECT_EQ(context.caller.token, tokens_.Make().text);
  EXPECT_EQ(context.caller.token_expires, tokens_.Make().expires);
  EXPECT_LT(absl::AbsDuration(context.deadline - deadline), absl::Seconds(1));
}

TEST_F(NetworkServiceServerTest, ACallWithoutDeadlineAndTokenGetsADeadline) {
  google::protobuf::Empty empty;
  ASSERT_TRUE(stub_->Close(&call_, ConnectionThrough({"nsc"}, 0), &empty).ok());
  const Context& context = end_->contexts.at(0);
  EXPECT_EQ(context.deadline, clock_.Now() + absl::Seconds(15));
  EXPECT_EQ(context.caller.token, "");
  EXPECT_EQ(context.caller.token_expires, absl::InfinitePast());
}

TEST_F(NetworkServiceServerTest, ErrorsNameThisHop) {
  end_->answer = [](Connection) { return absl::NotFoundError("no such service"); };
  auto status = stub_->Request(&call_, RequestFor(ConnectionThrough({"nsc"}, 0)), &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), "us: no such service");
  end_->close_answer = absl::UnavailableError("away");
  grpc::ClientContext call;
  google::protobuf::Empty empty;
  EXPECT_EQ(stub_->Close(&call, ConnectionThrough({"nsc"}, 0), &empty).error_message(), "us: away");
}

TEST_F(NetworkServiceServerTest, WhatIsBeyondTheLimitsIsRefusedBeforeTheChain) {
  NetworkServiceRequest request = RequestFor(ConnectionThrough({"nsc"}, 0));
  for (size_t i = 0; i <= limits::kLabels; ++i) {
    (*request.mutable_connection()->mutable_labels())[std::to_string(i)] = "";
  }
  auto status = stub_->Request(&call_, request, &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "us: connection.labels has 257 entries: at most 256");
  grpc::ClientContext close, large, long_token;
  google::protobuf::Empty empty;
  EXPECT_EQ(stub_->Close(&close, request.connection(), &empty).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  (*request.mutable_connection()->mutable_labels())["large"] = std::string(limits::kMessage, 'x');
  status = stub_->Request(&large, request, &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), testing::HasSubstr("bytes: at most 262144"));
  long_token.AddMetadata(kTokenHeader, std::string(limits::kToken + 1, 'x'));
  status = stub_->Request(&long_token, RequestFor(ConnectionThrough({"nsc"}, 0)), &answer_);
  EXPECT_EQ(status.error_message(), "us: metadata.nsm-client-token has 8193 bytes: at most 8192");
  EXPECT_TRUE(end_->contexts.empty());
}

TEST_F(NetworkServiceServerTest, WhatIsFarTooLargeIsRefusedByTheTransport) {
  NetworkServiceRequest request = RequestFor(ConnectionThrough({"nsc"}, 0));
  (*request.mutable_connection()->mutable_labels())["large"] = std::string(limits::kReceive, 'x');
  EXPECT_EQ(stub_->Request(&call_, request, &answer_).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(end_->contexts.empty());
}

// A caller that has gone without the answer cannot close what it has never heard of.
class GoneCallerTest : public NetworkServiceServerTest {
 protected:
  struct CloseLater final : Element {
    explicit CloseLater(int& closes) : closes(closes) {}
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      context.close_later = [this] { ++closes; };
      return next.Request(context, std::move(request));
    }
    int& closes;
  };
  // The caller leaves while the chain works. How often its connection was closed then.
  int ClosesAfter(const Connection& connection) {
    int closes = 0;
    Chain chain;
    chain.Add<CloseLater>(closes);
    chain.Add<ChainEnd>().answer = [this](Connection asked) {
      call_.TryCancel();
      exposing_->WaitUntilCancelled();
      return asked;
    };
    NetworkServiceServer service("us", tokens_, chain, door_, clock_, outcomes_);
    Exposing exposing(service);
    exposing_ = &exposing;
    auto server =
        Server::Start({folder_.Socket("gone.sock")}, grpc::InsecureServerCredentials(), {&exposing}).value();
    auto stub = ::networkservice::NetworkService::NewStub(channels_.Get(folder_.Socket("gone.sock")));
    EXPECT_FALSE(stub->Request(&call_, RequestFor(connection), &answer_).ok());
    EXPECT_TRUE(exposing.ended.Pop().has_value());
    return closes;
  }
  Exposing* exposing_ = nullptr;
};

TEST_F(GoneCallerTest, AFirstRequestIsUndone) { EXPECT_EQ(ClosesAfter(ConnectionThrough({"nsc"}, 0)), 1); }

TEST_F(GoneCallerTest, ARefreshIsNot) { EXPECT_EQ(ClosesAfter(ConnectionThrough({"nsc", "us"}, 0)), 0); }

}  // namespace
}  // namespace nsm
