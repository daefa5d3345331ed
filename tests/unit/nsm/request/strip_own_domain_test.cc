// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/strip_own_domain.h"

#include <gtest/gtest.h>

#include "tests/harness/chain_end.h"

namespace nsm {
namespace {

class StripOwnDomainTest : public testing::Test {
 protected:
  StripOwnDomainTest() {
    chain_.Add<StripOwnDomain>(own_);
    end_ = &chain_.Add<ChainEnd>();
    end_->answer = [](Connection connection) {
      if (connection.network_service_endpoint_name().empty())
        connection.set_network_service_endpoint_name("nse");
      return connection;
    };
  }
  Connection Request(const std::string& service, const std::string& endpoint) {
    NetworkServiceRequest request;
    request.mutable_connection()->set_network_service(service);
    request.mutable_connection()->set_network_service_endpoint_name(endpoint);
    Context context;
    return chain_.Request(context, request).value();
  }
  const Connection& arrived() { return end_->requests.back().connection(); }

  AddressMap addresses_;
  OwnDomains own_{{"east"}, addresses_};
  Chain chain_;
  ChainEnd* end_ = nullptr;
};

TEST_F(StripOwnDomainTest, StripsAndRestores) {
  Connection answer = Request("ns@east", "nse@east");
  EXPECT_EQ(arrived().network_service(), "ns");
  EXPECT_EQ(arrived().network_service_endpoint_name(), "nse");
  EXPECT_EQ(answer.network_service(), "ns@east");
  EXPECT_EQ(answer.network_service_endpoint_name(), "nse@east");
}

TEST_F(StripOwnDomainTest, AnEndpointThatWasFoundGetsTheDomain) {
  EXPECT_EQ(Request("ns@east", "").network_service_endpoint_name(), "nse@east");
}

TEST_F(StripOwnDomainTest, PlainAndForeignNamesPass) {
  Connection answer = Request("ns", "");
  EXPECT_EQ(answer.network_service_endpoint_name(), "nse");
  answer = Request("ns@west", "nse@west");
  EXPECT_EQ(arrived().network_service(), "ns@west");
  EXPECT_EQ(answer.network_service_endpoint_name(), "nse@west");
}

TEST_F(StripOwnDomainTest, CloseIsStripped) {
  Connection connection;
  connection.set_network_service("ns@east");
  connection.set_network_service_endpoint_name("nse@east");
  Context context;
  ASSERT_TRUE(chain_.Close(context, connection).ok());
  EXPECT_EQ(end_->closes.at(0).network_service(), "ns");
  EXPECT_EQ(end_->closes.at(0).network_service_endpoint_name(), "nse");
}

}  // namespace
}  // namespace nsm
