// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/connection_monitor_server.h"

#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/limits.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

class MonitorServerTest : public testing::Test {
 protected:
  using Reader = std::unique_ptr<grpc::ClientReader<ConnectionEvent>>;
  MonitorServerTest() {
    server_ = Server::Start({url_}, grpc::InsecureServerCredentials(), {&service_}).value();
    stub_ = ::connection::MonitorConnection::NewStub(channels_.Get(url_));
  }
  ~MonitorServerTest() override { service_.Shutdown(); }
  Reader Open(grpc::ClientContext& call, const std::string& segment = "") {
    channels_.Prepare(call, absl::Now() + absl::Seconds(10));
    MonitorScopeSelector selector;
    selector.add_path_segments()->set_name(segment);
    return stub_->MonitorConnections(&call, selector);
  }
  // "UPDATE 1": type and number of connections; "end" at the end.
  static std::string Next(const Reader& reader) {
    ConnectionEvent event;
    if (!reader->Read(&event)) return "end";
    return ::connection::ConnectionEventType_Name(event.type()) + " " +
           std::to_string(event.connections_size());
  }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("us.sock");
  FakeClock clock_;
  ConnectionMonitor monitor_{clock_};
  ConnectionMonitorServer service_{monitor_, Door{.url = url_, .entrants = Entrants::kNode}, clock_};
  InsecureIdentity tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  std::unique_ptr<Server> server_;
  std::unique_ptr<::connection::MonitorConnection::Stub> stub_;
};

TEST_F(MonitorServerTest, AStreamBeginsWithWhatThereIsAndGoesOnWithWhatChanges) {
  grpc::ClientContext all_call, other_call;
  Reader all = Open(all_call), other = Open(other_call, "stranger");
  EXPECT_EQ(Next(all), "INITIAL_STATE_TRANSFER 0") << "clients wait for it";
  EXPECT_EQ(Next(other), "INITIAL_STATE_TRANSFER 0");
  monitor_.Update(ConnectionThrough({"nsc", "us"}, 1));
  monitor_.Delete("us-id");
  monitor_.Update(ConnectionThrough({"stranger", "us"}, 1));
  EXPECT_EQ(Next(all), "UPDATE 1");
  EXPECT_EQ(Next(all), "DELETE 1");
  EXPECT_EQ(Next(all), "UPDATE 1");
  EXPECT_EQ(Next(other), "UPDATE 1");
  grpc::ClientContext late_call;
  EXPECT_EQ(Next(Open(late_call)), "INITIAL_STATE_TRANSFER 1");
}

TEST_F(MonitorServerTest, AHopThatAsksForNewsOnlyIsNotToldWhatItHasCalledFor) {
  grpc::ClientContext call;
  call.AddMetadata(kOnlyNewsHeader, "1");
  Reader reader = Open(call, "nsc");
  EXPECT_EQ(Next(reader), "INITIAL_STATE_TRANSFER 0");
  monitor_.Update(ConnectionThrough({"nsc", "us"}, 1), Cause::kCaller);
  monitor_.Delete("us-id");
  EXPECT_EQ(Next(reader), "DELETE 1");
}

TEST_F(MonitorServerTest, AnEndIsUnavailableAndNotCancelled) {
  grpc::ClientContext call;
  Reader reader = Open(call);
  EXPECT_EQ(Next(reader), "INITIAL_STATE_TRANSFER 0");
  service_.Shutdown();
  EXPECT_EQ(Next(reader), "end");
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE) << "upstream heals on that";
  grpc::ClientContext refused_call;
  Reader refused = Open(refused_call);
  EXPECT_EQ(Next(refused), "end");
  EXPECT_EQ(refused->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(MonitorServerTest, ASelectorBeyondTheLimitsIsRefused) {
  grpc::ClientContext call;
  Reader reader = Open(call, std::string(limits::kName + 1, 'x'));
  EXPECT_EQ(Next(reader), "end");
  grpc::Status status = reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "monitor: selector.path_segments[0].name has 254 bytes: at most 253");
}

TEST_F(MonitorServerTest, WatchersThatGoAwayTroubleNobody) {
  grpc::ClientContext leaving_call, staying_call;
  Reader leaving = Open(leaving_call), staying = Open(staying_call);
  EXPECT_EQ(Next(leaving), "INITIAL_STATE_TRANSFER 0");
  EXPECT_EQ(Next(staying), "INITIAL_STATE_TRANSFER 0");
  leaving_call.TryCancel();
  EXPECT_EQ(leaving->Finish().error_code(), grpc::StatusCode::CANCELLED);
  monitor_.Update(ConnectionThrough({"nsc", "us"}, 1));
  EXPECT_EQ(Next(staying), "UPDATE 1");
}

}  // namespace
}  // namespace nsm
