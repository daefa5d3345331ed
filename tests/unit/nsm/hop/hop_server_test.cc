// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/hop/hop_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <filesystem>
#include <future>
#include <set>

#include "absl/strings/str_cat.h"
#include "connection.grpc.pb.h"
#include "grpcpp/server_builder.h"
#include "networkservice.grpc.pb.h"
#include "src/core/status_macros.h"
#include "src/nsm/hop/entrance.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/request/connect.h"
#include "src/nsm/request/network_service_server.h"
#include "src/nsm/rpc/grpc_status.h"
#include "src/nsm/rpc/read_dump.h"
#include "src/nsm/rpc/server.h"
#include "src/nsm/wire/path.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/free_port.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_hop.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

// A program that calls others.
class Program {
 public:
  explicit Program(const std::string& name) : tokens_(name, absl::Minutes(10), clock_) {}

  ChannelPool& channels() { return channels_; }
  std::string token() const { return tokens_.Make().text; }
  absl::Status Request(const Url& url, const NetworkServiceRequest& request) {
    ChannelPool::Call call(channels_, absl::Now() + absl::Minutes(1));
    Connection answer;
    auto stub = ::networkservice::NetworkService::NewStub(channels_.Get(url));
    return FromGrpc(stub->Request(&call.context(), request, &answer));
  }
  absl::Status Find(const Url& url) {
    RegistryChain<EndpointKind> registry;
    registry.Add<GrpcRegistry<EndpointKind>>(channels_, url);
    Context context;
    context.deadline = absl::Now() + absl::Seconds(30);
    return FindAll(registry.Begin(), context, NetworkServiceEndpoint()).status();
  }
  absl::StatusOr<std::vector<nlohmann::json>> Dump(const Url& url, const std::string& section) {
    std::vector<nlohmann::json> values;
    ChannelPool::Call call(channels_, absl::Now() + absl::Minutes(5));
    RETURN_IF_ERROR(ReadDump(
        channels_.Get(url), call.context(), {section},
        [&values](const std::string&, nlohmann::json value) { values.push_back(std::move(value)); }));
    return values;
  }

 private:
  SystemClock clock_;
  InsecureIdentity tokens_;
  ChannelPool channels_{tokens_, absl::Seconds(5)};
};

// What a caller's monitor stream tells.
class Watch {
 public:
  Watch(Program& program, const Url& url, const MonitorScopeSelector& selector = {})
      : call_(program.channels(), absl::Now() + absl::Minutes(1)),
        reader_(::connection::MonitorConnection::NewStub(program.channels().Get(url))
                    ->MonitorConnections(&call_.context(), selector)) {}
  // The ids of the next event; nothing at the end.
  std::set<std::string> Next() {
    ConnectionEvent event;
    std::set<std::string> ids;
    if (reader_->Read(&event)) {
      for (const auto& [id, connection] : event.connections()) ids.insert(id);
    }
    return ids;
  }
  grpc::StatusCode End() {
    ConnectionEvent event;
    while (reader_->Read(&event)) {
    }
    return reader_->Finish().error_code();
  }

 private:
  ChannelPool::Call call_;
  std::unique_ptr<grpc::ClientReader<ConnectionEvent>> reader_;
};

class HopServerTest : public testing::Test {
 protected:
  HopServerTest() {
    Begin& begin = AddEntrance(server_.chain(), hop_);
    end_ = &server_.chain().Add<ChainEnd>();
    server_.ShowConnections(begin);
    server_.SetRegistries(services_, endpoints_);
  }
  static Url FreeAddress() { return Url::Tcp({"127.0.0.1", FreePort()}); }
  // The connection `id`, in our view, that came from `caller`.
  static Connection From(const Program& program, const std::string& name, const std::string& id) {
    Connection connection = ConnectionThrough({name, "us"}, 1);
    connection.set_id(id);
    connection.mutable_path()->mutable_path_segments(0)->set_token(program.token());
    connection.mutable_path()->mutable_path_segments(1)->set_id(id);
    return connection;
  }

  const TempFolder folder_;
  const Url node_ = folder_.Socket("node.sock");
  const Url admin_ = folder_.Socket("admin.sock");
  const Url others_ = FreeAddress();
  TestHop hop_{"us", absl::Minutes(10), absl::Seconds(5)};
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  HopServer server_{hop_};
  ChainEnd* end_ = nullptr;
  Program alice_{"alice"}, bob_{"bob"};
};

TEST_F(HopServerTest, ADoorHasWhatIsBehindItAndNothingElse) {
  const Url registry = FreeAddress();
  std::vector<Door> doors = Doors({node_, others_}, {Behind::kConnections}, {admin_});
  for (const Door& door : Doors({registry}, {Behind::kRegistry})) doors.push_back(door);
  ASSERT_TRUE(server_.Open(doors).ok());
  const NetworkServiceRequest request = RequestFor(ConnectionThrough({"alice"}, 0));
  const absl::StatusCode absent = absl::StatusCode::kUnimplemented;

  EXPECT_EQ(alice_.Request(node_, request), absl::OkStatus());
  EXPECT_EQ(alice_.Request(others_, request), absl::OkStatus());
  EXPECT_EQ(alice_.Request(registry, request).code(), absent);
  EXPECT_EQ(alice_.Request(admin_, request).code(), absent);
  EXPECT_EQ(Watch(alice_, registry).End(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(alice_.Find(registry), absl::OkStatus());
  EXPECT_EQ(alice_.Find(others_).code(), absent);
  EXPECT_TRUE(alice_.Dump(node_, "name").ok());
  EXPECT_TRUE(alice_.Dump(admin_, "name").ok());
  EXPECT_EQ(alice_.Dump(others_, "name").status().code(), absent) << "it is not for other nodes and domains";
  EXPECT_EQ(alice_.Dump(registry, "name").status().code(), absent);
}

TEST_F(HopServerTest, IntrospectionIsRefusedWhereOthersComeIn) {
  const Door open{.url = others_, .services = {Behind::kIntrospection}, .entrants = Entrants::kOthers};
  EXPECT_TRUE(absl::IsInvalidArgument(server_.Open({open})));
  EXPECT_TRUE(absl::IsInvalidArgument(server_.Open(Doors({}, {}, {Url::Tcp({"", 5000})}))));
  EXPECT_TRUE(absl::IsInvalidArgument(server_.Open({})));
  ASSERT_TRUE(server_.Open(Doors({}, {}, {others_})).ok()) << "the loopback device is the operator's";
  EXPECT_TRUE(alice_.Dump(others_, "name").ok());
}

TEST_F(HopServerTest, OpensAllDoorsOrNone) {
  TestHop other_hop("other", absl::Minutes(10), absl::Seconds(5));
  HopServer other(other_hop);
  ASSERT_TRUE(other.Open(Doors({others_}, {Behind::kConnections})).ok());
  EXPECT_TRUE(absl::IsUnavailable(server_.Open(Doors({node_, others_}, {Behind::kConnections}))));
  EXPECT_FALSE(std::filesystem::exists(node_.path));
}

TEST_F(HopServerTest, TheCallerIsKnownFromTheDoor) {
  ASSERT_TRUE(server_.Open(Doors({node_, others_}, {Behind::kConnections})).ok());
  ASSERT_TRUE(alice_.Request(node_, RequestFor(ConnectionThrough({"alice"}, 0))).ok());
  ASSERT_TRUE(alice_.Request(others_, RequestFor(ConnectionThrough({"alice"}, 0))).ok());
  EXPECT_TRUE(end_->contexts.at(0).caller.is_local);
  EXPECT_FALSE(end_->contexts.at(1).caller.is_local);
  EXPECT_FALSE(end_->contexts.at(1).caller.is_operator);
}

TEST_F(HopServerTest, OthersWatchTheirOwnConnectionsAlone) {
  ASSERT_TRUE(server_.Open(Doors({node_, others_}, {Behind::kConnections})).ok());
  hop_.monitor.Update(From(alice_, "alice", "a"));
  hop_.monitor.Update(From(bob_, "bob", "b"));
  Watch node(alice_, node_), others(alice_, others_);
  EXPECT_THAT(node.Next(), UnorderedElementsAre("a", "b"));
  EXPECT_THAT(others.Next(), ElementsAre("a"));
  hop_.monitor.Down("b");
  hop_.monitor.Down("a");
  EXPECT_THAT(node.Next(), ElementsAre("b"));
  EXPECT_THAT(node.Next(), ElementsAre("a"));
  EXPECT_THAT(others.Next(), ElementsAre("a")) << "bob's went down unheard";
}

TEST_F(HopServerTest, DoorsOfPodsComeAndGo) {
  auto door = [this](const std::string& uid) {
    return Door{.url = folder_.Socket(uid + ".sock"),
                .services = {Behind::kConnections},
                .entrants = Entrants::kPod,
                .pod = std::make_shared<const Pod>(Pod{"pod", "ns", uid, "default"})};
  };
  EXPECT_EQ(server_.AddDoor(door("early")).code(), absl::StatusCode::kCancelled);
  ASSERT_TRUE(server_.Open(Doors({node_}, {Behind::kConnections})).ok());
  ASSERT_TRUE(server_.AddDoor(door("one")).ok());
  ASSERT_TRUE(server_.AddDoor(door("two")).ok());
  EXPECT_FALSE(server_.AddDoor(Door{.url = node_, .entrants = Entrants::kPod}).ok());

  ASSERT_TRUE(alice_.Request(door("one").url, RequestFor(ConnectionThrough({"alice"}, 0))).ok());
  const Caller& caller = end_->contexts.at(0).caller;
  EXPECT_TRUE(caller.is_local);
  EXPECT_EQ(caller.pod->uid, "one");
  EXPECT_EQ(Url::Unix(caller.pod_folder + "/one.sock"), door("one").url);
  EXPECT_EQ(alice_.Dump(door("one").url, "name").status().code(), absl::StatusCode::kUnimplemented);

  const std::string of_one = NewIdOfPod("one"), of_two = NewIdOfPod("two");
  hop_.monitor.Update(From(alice_, "alice", of_one));
  hop_.monitor.Update(From(alice_, "alice", of_two));
  Watch one(alice_, door("one").url), two(alice_, door("two").url), node(alice_, node_);
  EXPECT_THAT(one.Next(), ElementsAre(of_one));
  EXPECT_THAT(two.Next(), ElementsAre(of_two));
  EXPECT_THAT(node.Next(), UnorderedElementsAre(of_one, of_two));

  server_.RemoveDoor(door("one").url);
  EXPECT_EQ(one.End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_FALSE(std::filesystem::exists(door("one").url.path));
  EXPECT_FALSE(alice_.Request(door("one").url, RequestFor(ConnectionThrough({"alice"}, 0))).ok());
  hop_.monitor.Down(of_two);
  EXPECT_THAT(two.Next(), ElementsAre(of_two)) << "other doors stay as they are";
  ASSERT_TRUE(server_.AddDoor(door("one")).ok()) << "its pod has come back";
  server_.Stop();
  EXPECT_EQ(two.End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(folder_.is_empty());
  EXPECT_EQ(server_.AddDoor(door("late")).code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(folder_.is_empty());
}

TEST_F(HopServerTest, TwentyThousandConnectionsAreDumped) {
  constexpr size_t kConnections = 20'000;
  for (size_t i = 0; i < kConnections; ++i) {
    hop_.monitor.Update(From(alice_, "alice", absl::StrCat("connection-", i)));
  }
  ASSERT_TRUE(server_.Open(Doors({node_}, {Behind::kConnections})).ok());
  const std::clock_t begin = std::clock();  // of processors, which others may keep busy
  auto dump = alice_.Dump(node_, "connections");
  ASSERT_TRUE(dump.ok()) << dump.status();
  EXPECT_LT(std::clock() - begin, 40 * CLOCKS_PER_SEC) << "a tenth of that without sanitizers";
  std::set<std::string> ids;
  for (const nlohmann::json& page : *dump) {
    for (const nlohmann::json& connection : page) ids.insert(connection.value("id", ""));
  }
  EXPECT_EQ(ids.size(), kConnections);
}

TEST_F(HopServerTest, FailedRequestsAreShown) {
  ASSERT_TRUE(server_.Open(Doors({node_}, {Behind::kConnections})).ok());
  end_->answer = [](Connection) { return absl::NotFoundError("next: no such service"); };
  NetworkServiceRequest request = RequestFor(ConnectionThrough({"alice"}, 0));
  request.mutable_connection()->set_network_service("wanted");
  EXPECT_TRUE(absl::IsNotFound(alice_.Request(node_, request)));
  auto failures = alice_.Dump(node_, "failures");
  ASSERT_TRUE(failures.ok()) << failures.status();
  ASSERT_EQ(failures->at(0).size(), 1u);
  nlohmann::json failure = failures->at(0).at(0);
  EXPECT_EQ(failure["hop"], "alice");
  EXPECT_EQ(failure["id"], "alice-id");
  EXPECT_EQ(failure["service"], "wanted");
  EXPECT_EQ(failure["code"], "NOT_FOUND");
  EXPECT_EQ(failure["reason"], "next: no such service");
}

TEST_F(HopServerTest, StreamsEndSoThatPeersComeBack) {
  ASSERT_TRUE(server_.Open(Doors({node_}, {Behind::kConnections})).ok());
  Watch watch(alice_, node_);
  EXPECT_TRUE(watch.Next().empty());
  server_.Stop();
  EXPECT_EQ(watch.End(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(folder_.is_empty());
}

// A next hop that takes Requests and Closes and never answers, and a hop in front of it.
class HangingPeerTest : public HopServerTest {
 protected:
  struct Hang final : Element {
    absl::StatusOr<Connection> Request(Context&, NetworkServiceRequest, Next) override {
      Wait();
      return absl::UnavailableError("it has woken up");
    }
    absl::Status Close(Context&, Connection, Next) override {
      Wait();
      return absl::OkStatus();
    }
    void Wait() {
      asked.Push(true);
      over.wait();
    }
    BlockingQueue<bool> asked;
    std::promise<void> wake_up;
    std::shared_future<void> over = wake_up.get_future().share();
  };
  struct GoToPeer final : Element {
    explicit GoToPeer(const Url& peer) : peer(peer) {}
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      context.next_hop = peer;
      return next.Request(context, std::move(request));
    }
    absl::Status Close(Context& context, Connection connection, Next next) override {
      context.next_hop = peer;
      return next.Close(context, std::move(connection));
    }
    const Url peer;
  };
  HangingPeerTest() {
    hang_ = &peer_chain_.Add<Hang>();
    peer_server_ = Server::Start({peer_}, grpc::InsecureServerCredentials(), {&peer_service_}).value();
    front_.chain().Add<GoToPeer>(peer_);
    front_.chain().Add<Connect>(hop_.channels, Peers::kOwnDomain, hop_.next_hops, hop_.clock);
    EXPECT_TRUE(front_.Open(Doors({node_}, {Behind::kConnections})).ok());
  }
  ~HangingPeerTest() override { hang_->wake_up.set_value(); }

  const Url peer_ = folder_.Socket("peer.sock");
  Chain peer_chain_;
  Hang* hang_ = nullptr;
  Outcomes peer_outcomes_{hop_.clock};
  NetworkServiceServer peer_service_{"peer", hop_.identity, peer_chain_, Door{}, hop_.clock, peer_outcomes_};
  std::unique_ptr<Server> peer_server_;
  HopServer front_{hop_};
};

TEST_F(HangingPeerTest, HoldsUpNoTimersWhenAHundredConnectionsEndThere) {
  struct Accept final : Element {
    absl::StatusOr<Connection> Request(Context&, NetworkServiceRequest request, Next) override {
      return request.connection();
    }
  };
  Chain chain;
  AddEntrance(chain, hop_);
  chain.Add<Accept>();
  chain.Add<GoToPeer>(peer_);
  chain.Add<Connect>(hop_.channels, Peers::kOwnDomain, hop_.next_hops, hop_.clock);
  for (int i = 0; i < 100; ++i) {
    Connection connection = ConnectionThrough({"nsc"}, 0);
    const std::string id = absl::StrCat("nsc-", i);
    connection.set_id(id);
    PathSegment& client = *connection.mutable_path()->mutable_path_segments(0);
    client.set_id(id);
    *client.mutable_expires() = ToTimestamp(absl::Now() + absl::Seconds(1));
    Context context;
    ASSERT_TRUE(chain.Request(context, RequestFor(connection)).ok());
  }
  for (int i = 0; i < 17; ++i) ASSERT_TRUE(hang_->asked.Pop().has_value());
  std::promise<void> ran;
  hop_.timers.Schedule(absl::Now(), [&ran] { ran.set_value(); });
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(4)), std::future_status::ready)
      << "a Close there takes five seconds";
  front_.Stop();  // before the chain goes
}

TEST_F(HangingPeerTest, HoldsUpNoStop) {
  // One call that somebody waits for, one of ours, and one of a timer's that has not had its turn.
  auto asked = std::async(std::launch::async, [this] {
    return alice_.Request(node_, RequestFor(ConnectionThrough({"alice"}, 0)));
  });
  std::atomic<int> ran = 0;
  for (int i = 0; i < 20; ++i) {  // more than may run at once
    hop_.timers.Schedule(absl::Now(), [this, &ran] {
      ++ran;
      Context context;
      context.deadline = absl::Now() + absl::Minutes(1);
      front_.chain().Close(context, ConnectionThrough({"us"}, 0)).IgnoreError();
    });
  }
  for (int i = 0; i < 17; ++i) ASSERT_TRUE(hang_->asked.Pop().has_value());
  const absl::Time begin = absl::Now();
  front_.Stop();
  EXPECT_LT(absl::Now() - begin, absl::Seconds(9));
  EXPECT_FALSE(asked.get().ok());
  EXPECT_EQ(ran, 16) << "nothing is begun any more";
}

}  // namespace
}  // namespace nsm
