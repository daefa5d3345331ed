// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/find_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm::proxy {
namespace {

using testing::HasSubstr;

class FindTargetTest : public testing::Test {
 protected:
  FindTargetTest() {
    registry_ = &endpoints_.Add<FakeRegistry<EndpointKind>>();
    registry_->entries = {Endpoint("nse@east", {}, "tcp://203.0.113.1:5001")};
    chain_.Add<FindTarget>(endpoints_, clock_);
    end_ = &chain_.Add<ChainEnd>();
  }
  absl::Status Request(const std::string& endpoint) {
    NetworkServiceRequest request;
    request.mutable_connection()->set_network_service_endpoint_name(endpoint);
    Context context;
    return chain_.Request(context, request).status();
  }
  absl::Status Close(const std::string& endpoint) {
    Connection connection;
    connection.set_network_service_endpoint_name(endpoint);
    Context context;
    return chain_.Close(context, connection);
  }
  std::string NextHop() {
    const auto& url = end_->contexts.back().next_hop;
    return url ? url->ToString() : "";
  }

  FakeClock clock_;
  RegistryChain<EndpointKind> endpoints_;
  FakeRegistry<EndpointKind>* registry_ = nullptr;
  Chain chain_;
  ChainEnd* end_ = nullptr;
};

TEST_F(FindTargetTest, LooksUpForEveryRequest) {
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
  registry_->entries[0].set_url("tcp://203.0.113.2:5001");
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.2:5001");
}

TEST_F(FindTargetTest, NamesWhatIsMissing) {
  EXPECT_TRUE(absl::IsInvalidArgument(Request("")));
  absl::Status status = Request("other@east");
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_THAT(status.ToString(), HasSubstr("other@east"));
  registry_->answer = absl::UnavailableError("domain east: gone");
  EXPECT_EQ(Request("nse@east"), registry_->answer);
  registry_->answer = absl::OkStatus();
  registry_->entries[0].set_url("inode://4/1");
  EXPECT_FALSE(Request("nse@east").ok());
  EXPECT_TRUE(end_->requests.empty());
}

TEST_F(FindTargetTest, ARegistryThatIsAwayEndsNoConnection) {
  ASSERT_TRUE(Request("nse@east").ok());
  registry_->answer = absl::UnavailableError("");
  ASSERT_TRUE(Request("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
  clock_.Advance(absl::Minutes(11));
  EXPECT_FALSE(Request("nse@east").ok());
}

TEST_F(FindTargetTest, AnEndpointThatIsGoneIsGone) {
  ASSERT_TRUE(Request("nse@east").ok());
  registry_->entries.clear();
  EXPECT_TRUE(absl::IsNotFound(Request("nse@east")));
}

TEST_F(FindTargetTest, CloseGoesWhereTheConnectionWasMade) {
  ASSERT_TRUE(Request("nse@east").ok());
  registry_->entries.clear();
  ASSERT_TRUE(Close("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
}

TEST_F(FindTargetTest, CloseAfterARestartLooksUpAndGoesOnWithout) {
  ASSERT_TRUE(Close("nse@east").ok());
  EXPECT_EQ(NextHop(), "tcp://203.0.113.1:5001");
  ASSERT_TRUE(Close("other@east").ok());
  EXPECT_EQ(NextHop(), "");
  EXPECT_EQ(end_->closes.size(), 2u);
}

}  // namespace
}  // namespace nsm::proxy
