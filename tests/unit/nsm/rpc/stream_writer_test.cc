// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/stream_writer.h"

#include <gtest/gtest.h>

#include "connection.grpc.pb.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/rpc/channel_pool.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/wire.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

// A writer that says when it is over.
class Writer final : public StreamWriter<ConnectionEvent> {
 public:
  explicit Writer(BlockingQueue<bool>& over) : over_(over) {}
  ~Writer() override { over_.Push(true); }

 private:
  void OnOver() override { over_.Push(false); }
  BlockingQueue<bool>& over_;
};

// Hands every stream's writer to the test.
class Service final : public ::connection::MonitorConnection::CallbackService {
 public:
  grpc::ServerWriteReactor<ConnectionEvent>* MonitorConnections(grpc::CallbackServerContext*,
                                                                const MonitorScopeSelector*) override {
    auto writer = std::make_shared<Writer>(over);
    writer->HoldUntilDone(writer);
    Writer* reactor = writer.get();
    writers.Push(std::move(writer));
    return reactor;
  }
  BlockingQueue<bool> over;  // false: the stream is over; true: the writer is gone
  BlockingQueue<std::shared_ptr<Writer>> writers;
};

class StreamWriterTest : public testing::Test {
 protected:
  StreamWriterTest() {
    server_ = Server::Start({url_}, grpc::InsecureServerCredentials(), {&service_}).value();
    stub_ = ::connection::MonitorConnection::NewStub(channels_.Get(url_));
    channels_.Prepare(call_, absl::Now() + absl::Seconds(60));
    reader_ = stub_->MonitorConnections(&call_, MonitorScopeSelector());
    writer_ = service_.writers.Pop().value();
  }
  void ExpectNoLeak() {
    EXPECT_EQ(service_.over.Pop(), false);
    writer_ = nullptr;
    EXPECT_EQ(service_.over.Pop(), true);
  }
  static ConnectionEvent Event(::connection::ConnectionEventType type) {
    ConnectionEvent event;
    event.set_type(type);
    return event;
  }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("us.sock");
  FakeClock clock_;
  InsecureIdentity tokens_{"nsc", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  Service service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<::connection::MonitorConnection::Stub> stub_;
  grpc::ClientContext call_;
  std::unique_ptr<grpc::ClientReader<ConnectionEvent>> reader_;
  std::shared_ptr<Writer> writer_;
  ConnectionEvent event_;
};

TEST_F(StreamWriterTest, WhatIsPushedComesInOrderAndBeforeTheEnd) {
  for (auto type : {::connection::INITIAL_STATE_TRANSFER, ::connection::UPDATE, ::connection::DELETE})
    writer_->Push(Event(type));
  writer_->End(grpc::Status(grpc::StatusCode::ABORTED, "that is all"));
  writer_->End(grpc::Status::OK);
  writer_->Push(Event(::connection::UPDATE));
  for (auto type : {::connection::INITIAL_STATE_TRANSFER, ::connection::UPDATE, ::connection::DELETE}) {
    ASSERT_TRUE(reader_->Read(&event_));
    EXPECT_EQ(event_.type(), type);
  }
  EXPECT_FALSE(reader_->Read(&event_));
  EXPECT_EQ(reader_->Finish().error_message(), "that is all");
  ExpectNoLeak();
}

TEST_F(StreamWriterTest, ACancelledStreamIsOver) {
  writer_->Push(Event(::connection::UPDATE));
  ASSERT_TRUE(reader_->Read(&event_));
  call_.TryCancel();
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(service_.over.Pop(), false);
  writer_->Push(Event(::connection::UPDATE));
  writer_ = nullptr;
  EXPECT_EQ(service_.over.Pop(), true);
}

TEST_F(StreamWriterTest, ASlowReaderIsCutOff) {
  // More than gRPC itself takes on for a reader that does not read: its window is 64 KiB, some 300 of these.
  const size_t pushed = Writer::kLongestQueue + 20'000;
  ConnectionEvent large = Event(::connection::UPDATE);
  (*large.mutable_connections())["id"].set_network_service(std::string(200, 's'));
  for (size_t i = 0; i < pushed; ++i) writer_->Push(large);
  size_t count = 0;
  while (reader_->Read(&event_)) ++count;
  EXPECT_EQ(reader_->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_LT(count, pushed);
  ExpectNoLeak();
}

}  // namespace
}  // namespace nsm
