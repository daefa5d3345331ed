// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/channel_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/rpc/server.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

using testing::HasSubstr;

class ChannelPoolTest : public testing::Test {
 protected:
  const TempFolder folder_;
  const Url url_ = folder_.Socket("peer.sock");
  FakeClock clock_;
  InsecureIdentity tokens_{"us", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(50)};
};

TEST_F(ChannelPoolTest, OneChannelForEachAddressAsLongAsSomebodyHoldsIt) {
  ChannelPool channels(tokens_, absl::Milliseconds(50), /*most_idle=*/0);
  std::shared_ptr<grpc::Channel> channel = channels.Get(url_);
  EXPECT_NE(channels.Get(Url::Tcp({"127.0.0.1", 1})), channel);
  channels.Sweep();
  EXPECT_EQ(channels.Get(url_), channel);
  std::weak_ptr<grpc::Channel> gone = channel;
  channel = nullptr;
  channels.Sweep();
  EXPECT_TRUE(gone.expired());
  EXPECT_NE(channels.Get(url_), nullptr);
}

TEST_F(ChannelPoolTest, TheLastOnesStayThoughNobodyHoldsThem) {
  ChannelPool channels(tokens_, absl::Milliseconds(50), /*most_idle=*/2);
  auto at = [&channels](uint16_t port) { return channels.Get(Url::Tcp({"127.0.0.1", port})); };
  std::shared_ptr<grpc::Channel> held = at(4);
  std::weak_ptr<grpc::Channel> first = at(1);
  std::weak_ptr<grpc::Channel> second = at(2);
  (void)at(1);
  (void)at(3);
  channels.Sweep();
  EXPECT_FALSE(first.expired());
  EXPECT_TRUE(second.expired());
}

TEST_F(ChannelPoolTest, OneThatHasFailedEndsByItselfWhenNobodyHoldsIt) {
  std::shared_ptr<grpc::Channel> held = channels_.Get(url_);
  std::weak_ptr<grpc::Channel> channel = held;
  EXPECT_TRUE(absl::IsUnavailable(channels_.Dial(*held, url_, absl::InfiniteFuture())));
  channels_.Sweep();
  EXPECT_EQ(channels_.Get(url_), held);
  held = nullptr;
  for (absl::Time limit = absl::Now() + absl::Seconds(10); !channel.expired() && absl::Now() < limit;) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_TRUE(channel.expired());
}

TEST_F(ChannelPoolTest, TheEndWaitsForWhoeverStillHoldsAChannel) {
  auto channels = std::make_unique<ChannelPool>(tokens_, absl::Milliseconds(50));
  std::shared_ptr<grpc::Channel> held = channels->Get(url_);
  std::weak_ptr<grpc::Channel> channel = held;
  auto end = std::async(std::launch::async, [&channels] { channels = nullptr; });
  EXPECT_EQ(end.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  held = nullptr;
  end.wait();
  EXPECT_TRUE(channel.expired());
}

TEST_F(ChannelPoolTest, DialWaitsForAConnectionAndNoLongerThanItMay) {
  auto channel = channels_.Get(url_);
  absl::Status nobody = channels_.Dial(*channel, url_, absl::InfiniteFuture());
  EXPECT_TRUE(absl::IsUnavailable(nobody)) << nobody;
  EXPECT_THAT(nobody.message(), HasSubstr(url_.ToString()));
  ChannelPool patient(tokens_, absl::Seconds(10));
  EXPECT_TRUE(absl::IsUnavailable(patient.Dial(*channel, url_, absl::Now())));
  ConnectionMonitor monitor(clock_);
  ConnectionMonitorServer service(monitor, Door(), clock_);
  auto server = Server::Start({url_}, grpc::InsecureServerCredentials(), {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(patient.Dial(*channel, url_, absl::InfiniteFuture()).ok()) << "a peer that comes up is found";
}

}  // namespace
}  // namespace nsm
