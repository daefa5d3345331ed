// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/next_hop_monitor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>

#include "absl/strings/str_cat.h"
#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/monitor/connection_monitor_server.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/limits.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/temp_folder.h"

namespace nsm {
namespace {

// A next hop that serves its monitor.
class Peer {
 public:
  explicit Peer(const Url& url) : url(url) { Start(); }
  ~Peer() { Stop(); }
  void Start() {
    service_ = std::make_unique<ConnectionMonitorServer>(
        monitor, Door{.url = url, .entrants = Entrants::kNode}, clock);
    server_ = Server::Start({url}, grpc::InsecureServerCredentials(), {service_.get()}).value();
  }
  void Stop() {
    if (server_ == nullptr) return;
    service_->Shutdown();
    server_ = nullptr;
  }
  const Url url;
  FakeClock clock;
  ConnectionMonitor monitor{clock};

 private:
  std::unique_ptr<ConnectionMonitorServer> service_;
  std::unique_ptr<Server> server_;
};

// The next hop's view of a connection that we call `id`.
Connection Theirs(const std::string& id) {
  Connection connection = ConnectionThrough({"nsc", "us", "peer"}, 2);
  connection.set_id("peer-" + id);
  connection.mutable_path()->mutable_path_segments(2)->set_id("peer-" + id);
  connection.mutable_path()->mutable_path_segments(1)->set_id(id);
  return connection;
}

// A next hop that tells of each stream that is opened to it, and waits to be told what it is to list.
class SlowPeer final : public ::connection::MonitorConnection::Service {
 public:
  explicit SlowPeer(const Url& url)
      : url(url), server_(Server::Start({url}, grpc::InsecureServerCredentials(), {this}).value()) {}
  ~SlowPeer() override { lists.Push({}); }
  grpc::Status MonitorConnections(grpc::ServerContext* call, const MonitorScopeSelector*,
                                  grpc::ServerWriter<ConnectionEvent>* writer) override {
    opened.Push(true);
    ConnectionEvent event;
    event.set_type(::connection::INITIAL_STATE_TRANSFER);
    for (const std::string& id : lists.Pop().value_or(std::vector<std::string>{})) {
      event.mutable_connections()->insert({"peer-" + id, Theirs(id)});
    }
    writer->Write(event);
    while (!call->IsCancelled()) absl::SleepFor(absl::Milliseconds(1));
    return grpc::Status::CANCELLED;
  }
  const Url url;
  BlockingQueue<bool> opened;
  BlockingQueue<std::vector<std::string>> lists;

 private:
  std::unique_ptr<Server> server_;
};

class NextHopMonitorTest : public testing::Test {
 protected:
  // What was told: "<id> UP", "<id> closed", "<id> lost".
  std::string Told() { return told_.Pop().value_or("nothing"); }
  void Claim(const std::string& id, const Url& url, absl::Duration timeout = absl::Seconds(10)) {
    monitor_.Claim(id, url, absl::Now() + timeout);
  }
  // As for a Request that is answered at once.
  void Watch(const std::string& id, const Url& url) {
    Claim(id, url);
    monitor_.Watch(id);
  }
  void RunRetries() {
    clock_.Advance(absl::Now() - clock_.Now() + absl::Hours(1));
    timers_.RunDue();
  }

  const TempFolder folder_;
  Peer peer_{folder_.Socket("peer.sock")};
  FakeClock clock_;
  InsecureIdentity tokens_{"us", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Seconds(5)};
  TimerQueue timers_{clock_};
  BlockingQueue<std::string> told_;
  NextHopMonitor monitor_{
      "us", channels_, Peers::kOwnDomain, timers_,
      [this](const std::string& id, NextHopNews news, const Connection* theirs) {
        told_.Push(id + (news == NextHopNews::kChanged  ? " " + ::connection::State_Name(theirs->state())
                         : news == NextHopNews::kClosed ? std::string(" closed")
                                                        : std::string(" lost")));
      }};
};

TEST_F(NextHopMonitorTest, TellsOfOurConnectionsUnderOurIds) {
  Watch("us-id", peer_.url);
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "peer"}, 2));
  EXPECT_EQ(Told(), "us-id UP");
  peer_.monitor.Down("peer-id");
  EXPECT_EQ(Told(), "us-id DOWN");
  peer_.monitor.Delete("peer-id");
  EXPECT_EQ(Told(), "us-id closed");
}

TEST_F(NextHopMonitorTest, IsSilentAboutAllOthers) {
  Watch("us-id", peer_.url);
  Connection not_watched = ConnectionThrough({"nsc", "us", "one"}, 2);
  not_watched.mutable_path()->mutable_path_segments(1)->set_id("another");
  peer_.monitor.Update(not_watched);
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "far", "two"}, 3));  // not our next hop's own
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "ours"}, 1));        // as an endpoint may tell it
  EXPECT_EQ(Told(), "us-id UP");
  peer_.monitor.Down("two-id");
  peer_.monitor.Down("one-id");
  peer_.monitor.Down("us-id");
  EXPECT_EQ(Told(), "us-id DOWN");
  EXPECT_TRUE(told_.empty());
}

TEST_F(NextHopMonitorTest, AStreamIsSharedAndEndsAMomentAfterItsLastConnection) {
  Watch("a", peer_.url);
  Watch("b", peer_.url);
  Watch("a", peer_.url);
  EXPECT_EQ(monitor_.streams(), 1u);
  monitor_.Forget("a");
  monitor_.Forget("a");
  EXPECT_EQ(monitor_.streams(), 1u);
  monitor_.Forget("b");
  EXPECT_EQ(monitor_.streams(), 1u);
  Watch("a", peer_.url);
  RunRetries();
  EXPECT_EQ(monitor_.streams(), 1u) << "it was used again";
  monitor_.Forget("a");
  RunRetries();
  EXPECT_EQ(monitor_.streams(), 0u);
  Watch("a", peer_.url);
  EXPECT_EQ(monitor_.streams(), 1u);
}

TEST_F(NextHopMonitorTest, ALostNextHopIsToldAndWatchedAgain) {
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "peer"}, 2));
  Watch("us-id", peer_.url);
  EXPECT_EQ(Told(), "us-id UP");
  peer_.Stop();
  EXPECT_EQ(Told(), "us-id lost");
  RunRetries();
  EXPECT_EQ(Told(), "us-id lost") << "still away";
  peer_.Start();
  RunRetries();
  for (std::string told = Told(); told != "us-id UP" && told != "nothing"; told = Told()) RunRetries();
  peer_.monitor.Down("peer-id");
  EXPECT_EQ(Told(), "us-id DOWN");
}

TEST_F(NextHopMonitorTest, ANextHopThatWasStartedAgainHasLostWhatItDoesNotList) {
  Watch("us-id", peer_.url);
  Watch("other-id", peer_.url);
  peer_.Stop();
  EXPECT_EQ((std::set<std::string>{Told(), Told()}), (std::set<std::string>{"us-id lost", "other-id lost"}));
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "peer"}, 2));
  peer_.Start();
  ASSERT_TRUE(channels_.Dial(*channels_.Get(peer_.url), peer_.url, absl::InfiniteFuture()).ok());
  RunRetries();
  EXPECT_EQ((std::set<std::string>{Told(), Told()}), (std::set<std::string>{"us-id UP", "other-id lost"}));
}

TEST_F(NextHopMonitorTest, NewsThatComeBeforeTheAnswerAreToldAfterIt) {
  for (const char* id : {"closed", "down", "fine", "failed"}) Claim(id, peer_.url);
  Watch("last", peer_.url);
  for (const char* id : {"closed", "down", "fine", "failed", "last"}) peer_.monitor.Update(Theirs(id));
  peer_.monitor.Delete("peer-closed");
  peer_.monitor.Down("peer-down");
  peer_.monitor.Delete("peer-failed");
  peer_.monitor.Down("peer-last");
  EXPECT_EQ(Told(), "last UP");
  EXPECT_EQ(Told(), "last DOWN") << "so all others have come";
  EXPECT_TRUE(told_.empty());
  for (const char* id : {"fine", "closed", "down"}) monitor_.Watch(id);
  EXPECT_EQ(Told(), "fine UP");
  EXPECT_EQ(Told(), "closed closed");
  EXPECT_EQ(Told(), "down DOWN");
  monitor_.Abandon("failed");
  monitor_.Watch("failed");
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(monitor_.connections(), 4u);
}

TEST_F(NextHopMonitorTest, ANextHopThatIsLostBeforeTheAnswerIsToldAfterIt) {
  Claim("asked", peer_.url);
  Watch("there", peer_.url);
  peer_.Stop();
  EXPECT_EQ(Told(), "there lost");
  EXPECT_TRUE(told_.empty());
  // Even if it is there again by then: that is another process.
  peer_.Start();
  ASSERT_TRUE(channels_.Dial(*channels_.Get(peer_.url), peer_.url, absl::InfiniteFuture()).ok());
  RunRetries();
  EXPECT_EQ(Told(), "there lost") << "not listed";
  monitor_.Watch("asked");
  EXPECT_EQ(Told(), "asked lost");
}

TEST_F(NextHopMonitorTest, AClaimWaitsUntilTheStreamIsOpen) {
  SlowPeer slow(folder_.Socket("slow.sock"));
  auto claim = std::async(std::launch::async, [&] { Claim("asked", slow.url); });
  ASSERT_TRUE(slow.opened.Pop());
  auto another = std::async(std::launch::async, [&] { Claim("another", slow.url); });
  EXPECT_EQ(claim.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  slow.lists.Push({});
  claim.get();
  another.get();
  monitor_.Watch("asked");
  EXPECT_TRUE(told_.empty()) << "it could not be listed yet";
  EXPECT_TRUE(slow.opened.empty()) << "one stream for both";
  monitor_.Forget("asked");
  monitor_.Forget("another");
  RunRetries();
}

TEST_F(NextHopMonitorTest, AClaimThatCannotWaitMustBeListedLater) {
  SlowPeer slow(folder_.Socket("slow.sock"));
  Claim("listed", slow.url, absl::Milliseconds(1));
  Claim("missing", slow.url, absl::Milliseconds(1));
  monitor_.Watch("listed");
  monitor_.Watch("missing");
  EXPECT_TRUE(told_.empty());
  slow.lists.Push({"listed"});
  EXPECT_EQ(Told(), "listed UP");
  EXPECT_EQ(Told(), "missing lost");
  monitor_.Forget("listed");
  monitor_.Forget("missing");
  RunRetries();
}

TEST_F(NextHopMonitorTest, AClaimDoesNotWaitForTheNextRetry) {
  Watch("us-id", peer_.url);
  peer_.Stop();
  EXPECT_EQ(Told(), "us-id lost");
  peer_.Start();
  ASSERT_TRUE(channels_.Dial(*channels_.Get(peer_.url), peer_.url, absl::InfiniteFuture()).ok());
  Claim("us-id", peer_.url);
  EXPECT_EQ(Told(), "us-id lost") << "the new one does not list it";
  monitor_.Watch("us-id");
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "peer"}, 2));
  EXPECT_EQ(Told(), "us-id UP");
}

TEST_F(NextHopMonitorTest, MoreConnectionsThanOneEventHoldsAreAllListed) {
  constexpr int kMany = 1100;  // of 4 KiB
  Watch("gone", peer_.url);
  for (int i = 0; i < kMany; ++i) Watch(absl::StrCat("us-id-", i), peer_.url);
  peer_.Stop();
  for (int i = 0; i <= kMany; ++i) EXPECT_TRUE(Told().ends_with(" lost"));
  for (int i = 0; i < kMany; ++i) {
    Connection theirs = ConnectionThrough({"nsc", "us", "peer"}, 2);
    theirs.set_id(absl::StrCat("peer-id-", i));
    theirs.mutable_path()->mutable_path_segments(2)->set_id(theirs.id());
    theirs.mutable_path()->mutable_path_segments(1)->set_id(absl::StrCat("us-id-", i));
    (*theirs.mutable_labels())["large"] = std::string(limits::kPair - 10, 'x');
    peer_.monitor.Update(theirs);
  }
  peer_.Start();
  ASSERT_TRUE(channels_.Dial(*channels_.Get(peer_.url), peer_.url, absl::InfiniteFuture()).ok());
  RunRetries();
  std::set<std::string> told;
  for (int i = 0; i <= kMany; ++i) told.insert(Told());
  EXPECT_TRUE(told.erase("gone lost"));
  EXPECT_EQ(told.size(), kMany);
  EXPECT_TRUE(std::all_of(told.begin(), told.end(), [](const auto& text) { return text.ends_with(" UP"); }))
      << *told.begin();
}

TEST_F(NextHopMonitorTest, AConnectionThatMovesIsWatchedAtItsNewNextHopOnly) {
  Peer other(folder_.Socket("other.sock"));
  const Connection theirs = ConnectionThrough({"nsc", "us", "peer"}, 2);
  Watch("us-id", peer_.url);
  Claim("us-id", other.url);
  peer_.monitor.Update(theirs);
  EXPECT_EQ(Told(), "us-id UP") << "until the other one has answered";
  monitor_.Watch("us-id");
  peer_.monitor.Delete("peer-id");
  other.monitor.Update(theirs);
  EXPECT_EQ(Told(), "us-id UP");
  RunRetries();
  EXPECT_EQ(monitor_.streams(), 1u);
  EXPECT_TRUE(told_.empty()) << "that it is gone at the old one is no news";
}

TEST_F(NextHopMonitorTest, AConnectionThatCouldNotMoveIsWatchedWhereItWas) {
  Peer other(folder_.Socket("other.sock"));
  Watch("us-id", peer_.url);
  Claim("us-id", other.url);
  Claim("new", other.url);
  monitor_.Abandon("us-id");
  monitor_.Abandon("new");
  RunRetries();
  EXPECT_EQ(monitor_.streams(), 1u);
  EXPECT_EQ(monitor_.connections(), 1u);
  peer_.monitor.Update(ConnectionThrough({"nsc", "us", "peer"}, 2));
  EXPECT_EQ(Told(), "us-id UP");
}

}  // namespace
}  // namespace nsm
