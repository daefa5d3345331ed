// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/take_up.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/forwarder/kernel_mechanism.h"
#include "src/forwarder/vxlan_mechanism.h"
#include "src/nsm/wire/path.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_dataplane.h"
#include "tests/harness/ip.h"

namespace nsm::forwarder {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

Mechanism Kernel(const std::string& inode) { return MakeKernel("inode://4/" + inode, "nsm-1"); }

Mechanism Vxlan(const std::string& peer, const std::string& vni) {
  Mechanism mechanism = MakeMechanism(kRemoteVxlan);
  (*mechanism.mutable_parameters())[mechanism::kSrcIp] = peer;
  (*mechanism.mutable_parameters())[mechanism::kVni] = vni;
  return mechanism;
}

class TakeUpTest : public testing::Test {
 protected:
  TakeUpTest() {
    mechanisms_.Add<KernelMechanism>(dataplane_);
    mechanisms_.Add<VxlanMechanism>(dataplane_, TunnelEnd{.address = Ip("192.0.2.1")});
    chain_.Add<TakeUp>("fwd", mechanisms_, monitor_, clock_, absl::ZeroDuration());
    end_ = &chain_.Add<ChainEnd>();
    context_.deadline = clock_.Now() + absl::Seconds(10);
  }
  // A client's Request, by this path in the NSMgr's view.
  static NetworkServiceRequest FromClient(const std::vector<std::string>& hops) {
    NetworkServiceRequest request = RequestFor(ConnectionThrough(hops, 1));
    request.mutable_connection()->set_network_service("ns");
    *request.add_mechanism_preferences() = Kernel("10");
    return request;
  }
  absl::Status Request(const NetworkServiceRequest& request) {
    return chain_.Request(context_, request).status();
  }
  const Connection& Asked() const { return end_->requests.back().connection(); }
  // Names and ids of the path that was asked for last.
  std::string Way() const { return WayOf(Asked()); }
  static std::string WayOf(const Connection& connection) {
    std::string text;
    for (const PathSegment& segment : connection.path().path_segments()) {
      text += (text.empty() ? "" : " ") + segment.name() + ":" + segment.id();
    }
    return text;
  }
  // It is established here, with a hop behind us.
  void Establish(const std::string& id) {
    Connection known = ConnectionThrough({"nsc", "nsmgr-old", "fwd", "nse"}, 2);
    known.mutable_path()->mutable_path_segments(2)->set_id(id);
    known.set_id(id);
    known.set_network_service("ns");
    known.set_network_service_endpoint_name("nse");
    monitor_.Update(known);
    dataplane_.client = id;
  }

  FakeClock clock_;
  dataplane::FakeDataplane dataplane_;
  Mechanisms mechanisms_;
  ConnectionMonitor monitor_{clock_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(TakeUpTest, WhatIsNewOrInThePathGoesOnAsItIs) {
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr"})).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id");
  ASSERT_THAT(dataplane_.clients_wanted, SizeIs(1));
  EXPECT_EQ(dataplane_.clients_wanted[0].alias, "server-nsc-id");
  EXPECT_EQ(dataplane_.clients_wanted[0].netns, (NetnsInode{4, 10}));
  EXPECT_EQ(dataplane_.clients_wanted[0].name, "nsm-1");
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr", "fwd", "nse"})).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:fwd-id nse:nse-id");
  EXPECT_THAT(dataplane_.clients_wanted, SizeIs(1)) << "a refresh looks for nothing";
}

TEST_F(TakeUpTest, UnderAnotherNameAClientsConnectionKeepsItsIdAndWay) {
  dataplane_.client = "old-id";
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr", "old", "nse"})).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:old-id nse:nse-id");
  EXPECT_EQ(Asked().state(), ::connection::UP);
  Connection closed = FromClient({"nsc", "nsmgr", "old", "nse"}).connection();
  *closed.mutable_mechanism() = Kernel("10");
  ASSERT_TRUE(chain_.Close(context_, closed).ok());
  EXPECT_EQ(WayOf(end_->closes.at(0)), Way());
}

TEST_F(TakeUpTest, UnderAnotherNameATunnelKeepsItsIdAndWay) {
  dataplane::Tunnel tunnel;
  tunnel.remote = Ip("192.0.2.9");
  tunnel.vni = Vni{77};
  dataplane_.live["old-id"].client = tunnel;
  NetworkServiceRequest request = RequestFor(ConnectionThrough({"nsc", "nsmgr", "old", "nse"}, 1));
  Mechanism& mechanism = *request.mutable_connection()->mutable_mechanism();
  mechanism = Vxlan("192.0.2.9", "77");
  ASSERT_TRUE(Request(request).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:old-id nse:nse-id");
  ASSERT_TRUE(chain_.Close(context_, request.connection()).ok());
  EXPECT_EQ(WayOf(end_->closes.at(0)), Way());
  for (const Mechanism& other : {Vxlan("192.0.2.9", "78"), Vxlan("192.0.2.8", "77"), Mechanism()}) {
    mechanism = other;
    ASSERT_TRUE(Request(request).ok());
    EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id old:old-id nse:nse-id") << "not that tunnel's";
  }
}

TEST_F(TakeUpTest, AClientWithoutItsPathGoesOnWithItsConnection) {
  Establish("known-id");
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr"})).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:known-id nse:nse-id");
  EXPECT_EQ(Asked().network_service_endpoint_name(), "nse");
  EXPECT_EQ(Asked().state(), ::connection::UP);
  EXPECT_EQ(end_->contexts.back().deadline, clock_.Now() + absl::Seconds(5));
}

TEST_F(TakeUpTest, WhatDoesNotWorkAsBeforeIsAskedForAnew) {
  Establish("known-id");
  end_->answer = [this](Connection connection) -> absl::StatusOr<Connection> {
    if (end_->requests.size() == 1) return absl::UnavailableError("the endpoint is gone");
    return connection;
  };
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr"})).ok());
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:known-id");
  EXPECT_EQ(Asked().network_service_endpoint_name(), "");
  EXPECT_EQ(Asked().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_EQ(end_->contexts.back().deadline, context_.deadline);
}

TEST_F(TakeUpTest, AnEndpointThatComesBackIsWaitedFor) {
  Establish("live");
  end_->answer = [asked = 0](Connection connection) mutable -> absl::StatusOr<Connection> {
    if (++asked < 10) return absl::NotFoundError("the endpoint is not registered");
    return connection;
  };
  ASSERT_EQ(Request(FromClient({"nsc", "nsmgr"})), absl::OkStatus());
  EXPECT_THAT(end_->requests, SizeIs(10));
  EXPECT_NE(Asked().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_EQ(Asked().network_service_endpoint_name(), "nse");
}

TEST_F(TakeUpTest, WhatIsWantedOtherwiseIsAskedForAnew) {
  const std::function<void(Connection&)> changes[] = {
      [](Connection& c) { c.set_network_service("other"); },
      [](Connection& c) { (*c.mutable_labels())["app"] = "other"; },
      [](Connection& c) { c.set_network_service_endpoint_name("other"); },
      [](Connection& c) { c.set_state(::connection::RESELECT_REQUESTED); },
  };
  for (const auto& change : changes) {
    Establish("known-id");
    NetworkServiceRequest request = FromClient({"nsc", "nsmgr", "another", "nse"});
    change(*request.mutable_connection());
    end_->requests.clear();
    ASSERT_TRUE(Request(request).ok());
    EXPECT_THAT(end_->requests, SizeIs(1));
    EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:known-id");
    EXPECT_EQ(Asked().state(), ::connection::RESELECT_REQUESTED);
  }
  monitor_.Down("known-id");
  end_->requests.clear();
  ASSERT_TRUE(Request(FromClient({"nsc", "nsmgr"})).ok());
  EXPECT_THAT(end_->requests, SizeIs(1));
  EXPECT_EQ(Asked().state(), ::connection::RESELECT_REQUESTED);
}

TEST_F(TakeUpTest, WhatTheDataplaneRefusesIsRefusedBeforeAnybodyIsAsked) {
  dataplane_.client = absl::AlreadyExistsError("one and two");
  EXPECT_EQ(Request(FromClient({"nsc", "nsmgr"})), dataplane_.client.status());
  NetworkServiceRequest moved = FromClient({"nsc", "nsmgr", "fwd", "nse"});
  *moved.mutable_connection()->mutable_mechanism() = Kernel("9");
  EXPECT_EQ(Request(moved), dataplane_.client.status()) << "the connection of a client elsewhere";
  EXPECT_THAT(end_->requests, IsEmpty());
  Connection closed = FromClient({"nsc", "nsmgr", "other", "nse"}).connection();
  *closed.mutable_mechanism() = Kernel("10");
  ASSERT_TRUE(chain_.Close(context_, closed).ok());
  EXPECT_EQ(WayOf(end_->closes.at(0)), WayOf(closed)) << "not ours to end";
}

TEST_F(TakeUpTest, AClientIsWhereItOffersToBe) {
  dataplane_.client = "fwd-id";
  NetworkServiceRequest request = FromClient({"nsc", "nsmgr", "fwd", "nse"});
  *request.mutable_connection()->mutable_mechanism() = Kernel("9");
  ASSERT_TRUE(Request(request).ok());
  EXPECT_EQ(Parameter(Asked().mechanism(), mechanism::kInodeUrl), "inode://4/10");
  EXPECT_EQ(Way(), "nsc:nsc-id nsmgr:nsmgr-id fwd:fwd-id nse:nse-id");
}

}  // namespace
}  // namespace nsm::forwarder
