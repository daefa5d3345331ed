// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/dns_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nsm::proxy {
namespace {

using testing::ElementsAre;

std::vector<std::string> Targets(const std::vector<SrvRecord>& records) {
  std::vector<std::string> targets;
  for (const SrvRecord& record : records) targets.push_back(record.target);
  return targets;
}
std::vector<std::string> Order(const std::vector<std::string>& texts,
                               const std::function<bool(const IpAddress&)>& has_route) {
  std::vector<IpAddress> addresses;
  for (const std::string& text : texts) addresses.push_back(IpAddress::Parse(text).value());
  std::vector<std::string> ordered;
  for (const IpAddress& address : OrderAddresses(addresses, has_route)) ordered.push_back(address.ToString());
  return ordered;
}

TEST(OrderServices, ByPriorityFirst) {
  std::vector<SrvRecord> records{
      {.priority = 20, .target = "c"}, {.priority = 10, .target = "b"}, {.priority = 0, .target = "a"}};
  EXPECT_THAT(Targets(OrderServices(records, [](uint32_t) { return 0; })), ElementsAre("a", "b", "c"));
  EXPECT_TRUE(OrderServices({}, [](uint32_t) { return 0; }).empty());
}

TEST(OrderServices, WeightsAreChances) {
  std::vector<SrvRecord> records{
      {.weight = 10, .target = "ten"}, {.weight = 30, .target = "thirty"}, {.weight = 0, .target = "zero"}};
  std::vector<uint32_t> sums;
  auto order = [&](uint32_t number) {
    sums.clear();
    return Targets(OrderServices(records, [&, number](uint32_t most) {
      sums.push_back(most);
      return std::min(number, most);
    }));
  };
  EXPECT_THAT(order(0), ElementsAre("zero", "ten", "thirty"));
  EXPECT_THAT(sums, ElementsAre(40, 40, 30));
  EXPECT_THAT(order(1), ElementsAre("ten", "thirty", "zero"));
  EXPECT_THAT(order(10), ElementsAre("ten", "thirty", "zero"));
  EXPECT_THAT(order(11), ElementsAre("thirty", "ten", "zero"));
  EXPECT_THAT(order(40), ElementsAre("thirty", "ten", "zero"));
}

TEST(OrderAddresses, FamiliesTakeTurns) {
  auto everywhere = [](const IpAddress&) { return true; };
  EXPECT_THAT(Order({"192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"}, everywhere),
              ElementsAre("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"));
  EXPECT_THAT(Order({"192.0.2.2", "192.0.2.1"}, everywhere), ElementsAre("192.0.2.2", "192.0.2.1"));
}

TEST(OrderAddresses, WhereThereIsNoRouteComesLast) {
  auto only_v4 = [](const IpAddress& address) { return address.is_v4(); };
  EXPECT_THAT(Order({"2001:db8::1", "192.0.2.1", "192.0.2.2"}, only_v4),
              ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
}

TEST(HasRoute, AsksTheKernel) {
  EXPECT_TRUE(HasRoute(IpAddress::Parse("127.0.0.1").value()));
  EXPECT_FALSE(HasRoute(IpAddress::Parse("255.255.255.255").value())) << "broadcast is not allowed";
}

}  // namespace
}  // namespace nsm::proxy
