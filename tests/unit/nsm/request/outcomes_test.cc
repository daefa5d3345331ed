// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/outcomes.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/harness/chain_end.h"
#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

TEST(Outcomes, SayWhoAskedForWhatAndWhyItFailed) {
  FakeClock clock;
  Outcomes outcomes(clock);
  EXPECT_EQ(outcomes.Failures(), nlohmann::json::array());
  Connection asked = ConnectionThrough({"client", "nsmgr"}, 1);
  asked.set_network_service("ns@east.test");
  asked.set_network_service_endpoint_name("nse");
  outcomes.Failed(asked, absl::UnavailableError("forwarder: no address is left"));
  EXPECT_EQ(outcomes.Failures(), (nlohmann::json{{{"time", "2023-11-14T22:13:20+00:00"},
                                                  {"hop", "nsmgr"},
                                                  {"id", "nsmgr-id"},
                                                  {"service", "ns@east.test"},
                                                  {"endpoint", "nse"},
                                                  {"code", "UNAVAILABLE"},
                                                  {"reason", "forwarder: no address is left"}}}));
}

TEST(Outcomes, KeepTheLastFailures) {
  FakeClock clock;
  Outcomes outcomes(clock);
  for (size_t i = 0; i < Outcomes::kFailures + 3; ++i) {
    Connection asked;
    asked.set_id(absl::StrCat(i));
    outcomes.Failed(asked, absl::NotFoundError(""));
  }
  const nlohmann::json failures = outcomes.Failures();
  ASSERT_EQ(failures.size(), Outcomes::kFailures);
  EXPECT_EQ(failures.front()["id"], "3");
  EXPECT_EQ(failures.back()["id"], absl::StrCat(Outcomes::kFailures + 2));
}

TEST(Outcomes, TakeWhatIsRefusedForItsSizeOrPath) {
  FakeClock clock;
  Outcomes outcomes(clock);
  Connection asked = ConnectionThrough({"client"}, 0);
  asked.mutable_path()->set_index(0xffffffff);
  asked.set_id(std::string(1'000'000, 'x'));
  outcomes.Failed(asked, absl::InvalidArgumentError(std::string(1'000'000, 'y')));
  const nlohmann::json failure = outcomes.Failures().at(0);
  EXPECT_EQ(failure["hop"], "");
  EXPECT_LT(failure.dump().size(), 10'000u);
}

}  // namespace
}  // namespace nsm
