// SPDX-License-Identifier: Apache-2.0
#include "src/nsmgr/discover_forwarder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm::nsmgr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class DiscoverForwarderTest : public testing::Test {
 protected:
  DiscoverForwarderTest() {
    chain_.Add<DiscoverForwarder>(
        [this] { return forwarders_; },
        [this](const Context&, const std::string& name) -> absl::StatusOr<NetworkService> {
          ++searches_;
          if (name != service_.name()) return absl::NotFoundError(name);
          return service_;
        },
        clock_);
    reach_ = &chain_.Add<Reach>();
    end_ = &chain_.Add<ChainEnd>();
    service_.set_name("ns");
    for (const char* name : {"fwd-1", "fwd-2"}) {
      NetworkServiceEndpoint forwarder;
      forwarder.set_name(name);
      forwarder.set_url(std::string("unix:///run/") + name);
      forwarders_.push_back(forwarder);
    }
  }
  // Connects to all forwarders but one, as Connect does.
  struct Reach final : Element {
    absl::StatusOr<Connection> Request(Context& context, NetworkServiceRequest request, Next next) override {
      context.is_reached = context.next_hop->path != dead;
      if (context.is_reached) return next.Request(context, std::move(request));
      tried_dead = true;
      return absl::UnavailableError("connecting to " + dead);
    }
    std::string dead;
    bool tried_dead = false;
  };
  // As the NSMgr sees it, with those hops behind it.
  static Connection ThroughUs(const std::vector<std::string>& behind = {}) {
    std::vector<std::string> hops = {"nsc", "nsmgr"};
    hops.insert(hops.end(), behind.begin(), behind.end());
    Connection connection = ConnectionThrough(hops, 1);
    connection.set_network_service("ns");
    return connection;
  }
  absl::Status Request(const Connection& connection) {
    return chain_.Request(context_, RequestFor(connection)).status();
  }
  // To which forwarders calls went since the last time.
  std::vector<std::string> Called() {
    std::vector<std::string> names;
    for (const Context& context : std::exchange(end_->contexts, {}))
      names.push_back(context.next_hop ? context.next_hop->path : "none");
    return names;
  }
  void Refuse() {
    end_->answer = [](Connection) { return absl::UnavailableError("away"); };
  }

  FakeClock clock_;
  NetworkService service_;
  std::vector<NetworkServiceEndpoint> forwarders_;
  int searches_ = 0;
  Chain chain_;
  Reach* reach_ = nullptr;
  ChainEnd* end_ = nullptr;
  Context context_;
};

TEST_F(DiscoverForwarderTest, OneThatHangsLeavesTheOthersTheirTime) {
  const absl::Time start = clock_.Now();
  context_.deadline = start + absl::Seconds(15);
  end_->answer = [this](Connection connection) -> absl::StatusOr<Connection> {
    if (end_->contexts.size() > 1) return connection;
    clock_.Advance(end_->contexts[0].deadline - clock_.Now());
    return absl::DeadlineExceededError("hangs");
  };
  ASSERT_TRUE(Request(ThroughUs()).ok());
  ASSERT_EQ(end_->contexts.size(), 2u);
  EXPECT_EQ(end_->contexts[0].deadline, start + absl::Milliseconds(7500));
  EXPECT_EQ(end_->contexts[1].deadline, start + absl::Seconds(15));
}

TEST_F(DiscoverForwarderTest, NobodyIsAskedWhenTheTimeIsOver) {
  context_.deadline = clock_.Now() + absl::Seconds(1);
  end_->answer = [this](Connection) {
    clock_.Advance(absl::Seconds(1));
    return absl::DeadlineExceededError("hangs");
  };
  EXPECT_TRUE(absl::IsDeadlineExceeded(Request(ThroughUs())));
  EXPECT_EQ(end_->contexts.size(), 1u);
}

TEST_F(DiscoverForwarderTest, ANewConnectionTriesAllUntilOneAccepts) {
  ASSERT_TRUE(Request(ThroughUs()).ok());
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-1"));
  end_->answer = [this](Connection connection) -> absl::StatusOr<Connection> {
    if (end_->contexts.size() == 1) return absl::UnavailableError("away");
    return connection;
  };
  ASSERT_TRUE(Request(ThroughUs()).ok());
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-1", "/run/fwd-2"));
  Refuse();
  EXPECT_TRUE(absl::IsUnavailable(Request(ThroughUs())));
}

TEST_F(DiscoverForwarderTest, AKnownConnectionKeepsItsForwarder) {
  ASSERT_TRUE(Request(ThroughUs({"fwd-2", "nse"})).ok());
  Refuse();
  EXPECT_FALSE(Request(ThroughUs({"fwd-2", "nse"})).ok());
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-2", "/run/fwd-2")) << "the other one has no part of it";
  EXPECT_EQ(searches_, 0) << "it works while the registry is away";
}

TEST_F(DiscoverForwarderTest, OneThatIsNotThereAnyMoreIsReplacedThoughRegistered) {
  reach_->dead = "/run/fwd-2";
  ASSERT_TRUE(Request(ThroughUs({"fwd-2", "nse"})).ok());
  EXPECT_TRUE(reach_->tried_dead);
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-1"));
  service_.set_name("the registry is away");
  absl::Status status = Request(ThroughUs({"fwd-2", "nse"}));
  EXPECT_EQ(status, absl::UnavailableError("connecting to /run/fwd-2")) << "no reason to give it up";
  forwarders_.erase(forwarders_.begin());
  EXPECT_EQ(Request(ThroughUs({"fwd-2", "nse"})), status);
  EXPECT_THAT(Called(), IsEmpty());
}

TEST_F(DiscoverForwarderTest, OneThatIsGoneOrGivenUpIsReplaced) {
  ASSERT_TRUE(Request(ThroughUs({"fwd-old", "nse"})).ok());
  Connection reselect = ThroughUs({"fwd-2", "nse"});
  reselect.set_state(::connection::RESELECT_REQUESTED);
  ASSERT_TRUE(Request(reselect).ok());
  EXPECT_EQ(end_->requests.back().connection().state(), ::connection::RESELECT_REQUESTED);
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-1", "/run/fwd-1"));
}

TEST_F(DiscoverForwarderTest, TheServiceChoosesByLabels) {
  service_.add_matches();
  absl::Status none = Request(ThroughUs());
  EXPECT_TRUE(absl::IsNotFound(none));
  EXPECT_THAT(none.message(), HasSubstr("none of the 2 forwarders"));
  (*(*forwarders_[1].mutable_network_service_labels())["forwarder"].mutable_labels())["p2p"] = "true";
  ASSERT_TRUE(Request(ThroughUs()).ok());
  EXPECT_THAT(Called(), ElementsAre("/run/fwd-2"));
}

TEST_F(DiscoverForwarderTest, SaysWhatIsMissing) {
  (*service_.add_matches()->mutable_source_selector())["app"] = "other";
  EXPECT_THAT(Request(ThroughUs()).message(), HasSubstr("fits the client's labels"));
  service_.clear_matches();
  Connection unknown = ThroughUs();
  unknown.set_network_service("unknown");
  EXPECT_TRUE(absl::IsNotFound(Request(unknown)));
  forwarders_.clear();
  EXPECT_TRUE(absl::IsUnavailable(Request(ThroughUs())));
  EXPECT_TRUE(absl::IsNotFound(Request(unknown))) << "a forwarder would not help";
  EXPECT_THAT(Called(), IsEmpty());
}

TEST_F(DiscoverForwarderTest, ACloseWithoutMemoryGoesToTheForwarderOfThePathOrItsSuccessor) {
  auto found = [this](const Connection& connection) {
    Context context;
    EXPECT_TRUE(chain_.Close(context, connection).ok()) << "our own part ends in any case";
    std::vector<std::string> paths;
    absl::StatusOr<std::vector<Url>> urls = end_->contexts.back().find_next_hop(context);
    if (!urls.ok()) return std::vector<std::string>{std::string(urls.status().message())};
    for (const Url& url : *urls) paths.push_back(url.path);
    return paths;
  };
  EXPECT_THAT(found(ThroughUs({"fwd-2"})), ElementsAre("/run/fwd-2"));
  EXPECT_THAT(found(ThroughUs({"fwd-old"})), ElementsAre("/run/fwd-1", "/run/fwd-2"));
  EXPECT_THAT(found(ThroughUs()), ElementsAre(HasSubstr("not come to a forwarder")));
  forwarders_.clear();
  EXPECT_THAT(found(ThroughUs({"fwd-2"})), ElementsAre(HasSubstr("no forwarder is registered")));
}

}  // namespace
}  // namespace nsm::nsmgr
