// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/monitor/connection_monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// As text: "INITIAL_STATE_TRANSFER a-id=UP b-id=DOWN".
class Recorder final : public ConnectionWatcher {
 public:
  void OnEvent(const ConnectionEvent& event) override {
    std::map<std::string, Connection> connections(event.connections().begin(), event.connections().end());
    std::string text = ::connection::ConnectionEventType_Name(event.type());
    for (const auto& [id, connection] : connections)
      text += " " + id + "=" + ::connection::State_Name(connection.state());
    events.push_back(text);
    if (events.size() == 1) first = event;
    last = event;
  }
  std::vector<std::string> Take() { return std::exchange(events, {}); }
  std::vector<std::string> events;
  ConnectionEvent first, last;
};

MonitorScopeSelector Selector(const std::string& name, const std::string& id = "") {
  MonitorScopeSelector selector;
  selector.add_path_segments()->set_name(name);
  selector.mutable_path_segments(0)->set_id(id);
  return selector;
}

class ConnectionMonitorTest : public testing::Test {
 protected:
  std::shared_ptr<Recorder> Watch(const MonitorScopeSelector& selector = {}) {
    auto recorder = std::make_shared<Recorder>();
    monitor_.Watch(selector, recorder);
    return recorder;
  }

  FakeClock clock_;
  ConnectionMonitor monitor_{clock_};
  const Connection known_ = ConnectionThrough({"nsc", "nsmgr"}, 1);
};

TEST(Matches, ServiceAndAContiguousPartOfThePath) {
  Connection connection = ConnectionThrough({"nsc", "nsmgr", "fwd", "nse"}, 1);
  connection.set_network_service("ns");
  connection.mutable_path()->mutable_path_segments(2)->set_token("token");
  EXPECT_TRUE(Matches(MonitorScopeSelector(), connection));
  EXPECT_TRUE(Matches(MonitorScopeSelector(), Connection()));
  EXPECT_TRUE(Matches(Selector("fwd"), connection));
  EXPECT_TRUE(Matches(Selector("", "nse-id"), connection));
  EXPECT_FALSE(Matches(Selector("fwd", "nse-id"), connection));
  EXPECT_FALSE(Matches(Selector("fwd"), Connection()));

  MonitorScopeSelector two = Selector("nsmgr");
  two.add_path_segments()->set_token("token");
  EXPECT_TRUE(Matches(two, connection));
  two.mutable_path_segments(0)->set_name("nsc");
  EXPECT_FALSE(Matches(two, connection)) << "nsc is there, but not before the token's hop";

  MonitorScopeSelector service = Selector("fwd");
  service.add_network_services("other");
  EXPECT_FALSE(Matches(service, connection));
  service.add_network_services("ns");
  EXPECT_TRUE(Matches(service, connection));
}

TEST_F(ConnectionMonitorTest, WhoWantsNewsIsNotToldWhatItCausesItself) {
  auto all = Watch(), news = std::make_shared<Recorder>(), others_news = std::make_shared<Recorder>();
  monitor_.Watch(Selector("nsc"), news, Interest::kNews);
  monitor_.Watch(Selector("nsmgr"), others_news, Interest::kNews);
  for (auto& recorder : {all, news, others_news}) recorder->Take();
  monitor_.Update(known_, Cause::kCaller);
  monitor_.Delete(known_.id(), Cause::kCaller);
  EXPECT_THAT(news->Take(), IsEmpty());
  EXPECT_THAT(all->Take(), ElementsAre("UPDATE nsmgr-id=UP", "DELETE nsmgr-id=UP"));
  EXPECT_THAT(others_news->Take(), ElementsAre("UPDATE nsmgr-id=UP", "DELETE nsmgr-id=UP"))
      << "its segment is another one than the caller's";
  monitor_.Update(known_, Cause::kCaller);
  monitor_.Down(known_.id());
  monitor_.Delete(known_.id());
  EXPECT_THAT(news->Take(), ElementsAre("UPDATE nsmgr-id=DOWN", "DELETE nsmgr-id=DOWN"));
}

TEST_F(ConnectionMonitorTest, WhatIsTooMuchForOneEventComesInSeveral) {
  Connection large = known_;
  (*large.mutable_labels())["large"] = std::string(limits::kFullEvent / 4, 'x');
  for (const char* id : {"a", "b", "c", "d", "e"}) {
    large.set_id(id);
    monitor_.Update(large);
  }
  std::shared_ptr<Recorder> watcher = Watch();
  EXPECT_THAT(watcher->events,
              ElementsAre("INITIAL_STATE_TRANSFER a=UP b=UP c=UP d=UP", "INITIAL_STATE_TRANSFER e=UP"));
  EXPECT_FALSE(IsFollowed(watcher->last));
  monitor_.Delete("e");
  watcher = Watch();
  EXPECT_THAT(watcher->events,
              ElementsAre("INITIAL_STATE_TRANSFER a=UP b=UP c=UP d=UP", "INITIAL_STATE_TRANSFER"));
  EXPECT_TRUE(IsFollowed(watcher->first));
}

TEST_F(ConnectionMonitorTest, TheFirstEventComesAtOnceEvenIfEmpty) {
  EXPECT_THAT(Watch()->events, ElementsAre("INITIAL_STATE_TRANSFER"));
  monitor_.Update(known_);
  EXPECT_THAT(Watch()->events, ElementsAre("INITIAL_STATE_TRANSFER nsmgr-id=UP"));
  EXPECT_THAT(Watch(Selector("stranger"))->events, ElementsAre("INITIAL_STATE_TRANSFER"));
}

TEST_F(ConnectionMonitorTest, TellsTheLifeOfAConnection) {
  auto all = Watch();
  auto others = Watch(Selector("stranger"));
  all->Take();
  others->Take();
  monitor_.Update(known_);
  monitor_.Down("nsmgr-id");
  monitor_.Down("nsmgr-id");
  monitor_.Update(known_);
  monitor_.Delete("nsmgr-id");
  monitor_.Delete("nsmgr-id");
  EXPECT_THAT(all->events, ElementsAre("UPDATE nsmgr-id=UP", "UPDATE nsmgr-id=DOWN", "UPDATE nsmgr-id=UP",
                                       "DELETE nsmgr-id=UP"));
  EXPECT_THAT(others->events, IsEmpty());
}

TEST_F(ConnectionMonitorTest, ChangesAtTheNextHopAreToldInOurView) {
  monitor_.Update(known_);
  auto watcher = Watch();
  Connection theirs = ConnectionThrough({"nsc", "nsmgr", "fwd", "nse"}, 2);
  theirs.set_state(::connection::DOWN);
  theirs.mutable_context()->set_mtu(1400);
  theirs.mutable_mechanism()->set_type("VXLAN");
  monitor_.UpdateFromNextHop("nsmgr-id", theirs);
  const Connection& told = watcher->last.connections().at("nsmgr-id");
  EXPECT_EQ(told.path().index(), 1u);
  EXPECT_EQ(told.path().path_segments_size(), 4);
  EXPECT_EQ(told.context().mtu(), 1400u);
  EXPECT_EQ(told.state(), ::connection::DOWN);
  EXPECT_EQ(told.id(), "nsmgr-id");
  EXPECT_EQ(told.mechanism().type(), "") << "a mechanism is between two neighbours";
}

TEST_F(ConnectionMonitorTest, WhatMakesNoDifferenceIsNotTold) {
  monitor_.Update(known_);
  auto watcher = Watch();
  watcher->Take();
  Connection theirs = known_;
  theirs.mutable_path()->set_index(1);
  theirs.mutable_path()->mutable_path_segments(0)->set_token("renewed");
  *theirs.mutable_path()->mutable_path_segments(0)->mutable_expires() = ToTimestamp(clock_.Now());
  monitor_.UpdateFromNextHop("nsmgr-id", theirs);
  monitor_.UpdateFromNextHop("stranger", theirs);
  monitor_.Down("stranger");
  EXPECT_THAT(watcher->events, IsEmpty());
  *theirs.mutable_path()->add_path_segments() = ConnectionThrough({"fwd"}, 0).path().path_segments(0);
  monitor_.UpdateFromNextHop("nsmgr-id", theirs);
  EXPECT_THAT(watcher->events, ElementsAre("UPDATE nsmgr-id=UP"));
  EXPECT_EQ(watcher->last.connections().at("nsmgr-id").path().path_segments(0).token(), "")
      << "what is in front of us is not theirs to tell";
}

TEST_F(ConnectionMonitorTest, TheMtuThatWePromisedOutlivesANextHopWithALargerOneOrNone) {
  Connection ours = known_;
  ours.mutable_context()->set_mtu(1450);
  monitor_.Update(ours);
  auto recorder = Watch();
  recorder->Take();
  Connection theirs = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2);
  for (uint32_t mtu : {0, 1500, 1400}) {
    theirs.mutable_context()->set_mtu(mtu);
    monitor_.UpdateFromNextHop("nsmgr-id", theirs);
    EXPECT_EQ(recorder->last.connections().at("nsmgr-id").context().mtu(), mtu == 1400 ? 1400 : 1450);
  }
}

TEST_F(ConnectionMonitorTest, WhatANextHopCannotKnowIsIgnored) {
  monitor_.Update(known_);
  auto watcher = Watch();
  watcher->Take();
  const std::function<void(Connection&)> distortions[] = {
      [](Connection& c) { c.clear_path(); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments()->DeleteSubrange(1, 2); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(0)->set_id("other"); },
      [](Connection& c) { c.mutable_path()->mutable_path_segments(1)->set_name("other"); },
      [](Connection& c) { c.mutable_path()->add_path_segments(); },
      [](Connection& c) { c.mutable_path()->add_path_segments()->set_name(std::string(300, 'x')); },
      [](Connection& c) { c.mutable_context()->mutable_ip_context()->add_src_ip_addrs("10.0.0.1\n"); },
  };
  for (const auto& distort : distortions) {
    Connection theirs = ConnectionThrough({"nsc", "nsmgr", "fwd"}, 2);
    theirs.set_state(::connection::DOWN);
    distort(theirs);
    monitor_.UpdateFromNextHop("nsmgr-id", theirs);
  }
  EXPECT_THAT(watcher->events, IsEmpty());
  EXPECT_EQ(monitor_.Connections().at(0).connection.path().path_segments_size(), 2);
}

TEST_F(ConnectionMonitorTest, AWatcherThatIsGoneHearsNothing) {
  auto watcher = Watch();
  std::weak_ptr<Recorder> gone = watcher;
  watcher = nullptr;
  EXPECT_TRUE(gone.expired());
  monitor_.Update(known_);
}

TEST_F(ConnectionMonitorTest, KnowsSinceWhen) {
  const absl::Time start = clock_.Now();
  monitor_.Update(known_);
  clock_.Advance(absl::Minutes(1));
  Connection refreshed = known_;
  refreshed.set_payload("IP");
  monitor_.Update(refreshed);
  std::vector<KnownConnection> known = monitor_.Connections();
  ASSERT_EQ(known.size(), 1u);
  EXPECT_EQ(known[0].since, start);
  EXPECT_EQ(known[0].connection.payload(), "IP");
}

}  // namespace
}  // namespace nsm
