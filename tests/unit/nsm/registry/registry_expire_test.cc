// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registry_expire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "src/nsm/wire/time.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

class RegistryExpireTest : public testing::Test {
 protected:
  RegistryExpireTest() : end_(AddElements()) { context_.deadline = clock_.Now() + absl::Seconds(5); }
  FakeRegistry<EndpointKind>& AddElements() {
    chain_.Add<RegistryExpire>(clock_, timers_, absl::Minutes(1));
    return chain_.Add<FakeRegistry<EndpointKind>>();
  }
  absl::Time Register(NetworkServiceEndpoint entry) {
    auto registered = chain_.Begin().Register(context_, std::move(entry));
    EXPECT_TRUE(registered.ok()) << registered.status();
    return registered.ok() ? FromTimestamp(registered->expiration_time()) : absl::InfinitePast();
  }
  void Advance(absl::Duration step) {
    clock_.Advance(step);
    timers_.RunDue();
  }

  FakeClock clock_;
  TimerQueue timers_{clock_};
  RegistryChain<EndpointKind> chain_;
  FakeRegistry<EndpointKind>& end_;
  Context context_;
};

TEST_F(RegistryExpireTest, TheSoonestOfTokenDefaultAndWishWins) {
  const absl::Time now = clock_.Now();
  EXPECT_EQ(Register(Endpoint("a")), now + absl::Minutes(1));
  context_.caller.token_expires = now + absl::Seconds(30);
  EXPECT_EQ(Register(Endpoint("a")), now + absl::Seconds(30));
  NetworkServiceEndpoint wish = Endpoint("a");
  *wish.mutable_expiration_time() = ToTimestamp(now + absl::Seconds(10));
  EXPECT_EQ(Register(wish), now + absl::Seconds(10));
  *wish.mutable_expiration_time() = ToTimestamp(now + absl::Hours(1));
  EXPECT_EQ(Register(wish), now + absl::Seconds(30));
  EXPECT_EQ(timers_.size(), 1u);
}

TEST_F(RegistryExpireTest, RemovesWhatIsNotRenewed) {
  context_.registry_path = {.index = 1, .tokens = {"the registrant's", "ours"}};
  Register(Endpoint("a"));
  Advance(absl::Seconds(40));
  Register(Endpoint("a"));
  Advance(absl::Seconds(40));
  EXPECT_TRUE(end_.unregistered.empty());
  Advance(absl::Seconds(20));
  ASSERT_EQ(end_.unregistered.size(), 1u);
  EXPECT_EQ(end_.unregistered[0].name(), "a");
  EXPECT_EQ(end_.contexts.back().deadline, clock_.Now() + absl::Seconds(5));
  EXPECT_EQ(end_.contexts.back().registry_path, context_.registry_path)
      << "it names the registrant, who alone may unregister";
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(RegistryExpireTest, UnregisterDisarms) {
  Register(Endpoint("a"));
  ASSERT_TRUE(chain_.Begin().Unregister(context_, Endpoint("a")).ok());
  Advance(absl::Hours(1));
  EXPECT_EQ(end_.unregistered.size(), 1u);
}

TEST_F(RegistryExpireTest, AFailedRenewalLeavesTheOldExpiry) {
  Register(Endpoint("a"));
  Advance(absl::Seconds(40));
  end_.answer = absl::PermissionDeniedError("");
  EXPECT_FALSE(chain_.Begin().Register(context_, Endpoint("a")).ok());
  Advance(absl::Seconds(20));
  EXPECT_EQ(end_.unregistered.size(), 1u);
}

TEST_F(RegistryExpireTest, WhileTheRegistryIsAwayOnlyTheDeadEnd) {
  Register(Endpoint("a"));
  Register(Endpoint("dead"));
  end_.answer = absl::UnavailableError("");
  for (int i = 0; i < 3; ++i) {
    Advance(absl::Seconds(40));
    EXPECT_FALSE(chain_.Begin().Register(context_, Endpoint("a")).ok());
  }
  for (const NetworkServiceEndpoint& entry : end_.unregistered) EXPECT_EQ(entry.name(), "dead");
  end_.unregistered.clear();
  end_.answer = absl::OkStatus();
  Advance(absl::Seconds(59));
  Advance(absl::Seconds(1));
  EXPECT_EQ(end_.unregistered.back().name(), "a") << "which did not call any more";
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(RegistryExpireTest, WhatNeverWasRegisteredIsNotEnded) {
  end_.answer = absl::UnavailableError("");
  EXPECT_FALSE(chain_.Begin().Register(context_, Endpoint("a")).ok());
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(RegistryExpireTest, RefusesWhatExpiredLongAgo) {
  context_.caller.token_expires = clock_.Now() - absl::Minutes(6);
  absl::Status refused = chain_.Begin().Register(context_, Endpoint("a")).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(refused.message(),
              testing::HasSubstr("endpoint a: clocks differ: what they sent ended 6m ago"));
  EXPECT_TRUE(end_.registered.empty());
}

TEST_F(RegistryExpireTest, ARemovalThatFailsIsTriedAgainEverLater) {
  Register(Endpoint("a"));
  end_.answer = absl::UnavailableError("");
  Advance(absl::Minutes(1));
  EXPECT_EQ(end_.unregistered.size(), 1u);
  Advance(absl::Milliseconds(999));
  EXPECT_EQ(end_.unregistered.size(), 1u);
  Advance(absl::Milliseconds(1));
  EXPECT_EQ(end_.unregistered.size(), 2u);
  Advance(absl::Seconds(2));
  EXPECT_EQ(end_.unregistered.size(), 3u);
  end_.answer = absl::OkStatus();
  Advance(absl::Seconds(4));
  EXPECT_EQ(end_.unregistered.size(), 4u);
  EXPECT_EQ(timers_.size(), 0u);
}

TEST_F(RegistryExpireTest, WhatIsNotThereOrNotOursIsNotTriedAgain) {
  for (const absl::Status& answer : {absl::NotFoundError(""), absl::PermissionDeniedError("")}) {
    end_.answer = absl::OkStatus();
    Register(Endpoint("a"));
    end_.answer = answer;
    Advance(absl::Minutes(1));
    EXPECT_EQ(timers_.size(), 0u) << answer;
  }
}

TEST_F(RegistryExpireTest, ARenewalEndsTheTries) {
  Register(Endpoint("a"));
  end_.answer = absl::UnavailableError("");
  Advance(absl::Minutes(1));
  end_.answer = absl::OkStatus();
  Register(Endpoint("a"));
  Advance(absl::Seconds(59));
  EXPECT_EQ(end_.unregistered.size(), 1u);
  EXPECT_EQ(timers_.size(), 1u);
}

// A registry with a clock of its own.
class OtherClock final : public RegistryElement<EndpointKind> {
 public:
  explicit OtherClock(const Clock& clock) : clock_(clock) {}
  absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<EndpointKind>) override {
    *entry.mutable_expiration_time() = ToTimestamp(clock_.Now() + ahead + absl::Minutes(1));
    return entry;
  }
  absl::Status Unregister(Context&, Entry, RegistryNext<EndpointKind>) override {
    ++unregistered;
    return absl::OkStatus();
  }
  absl::Duration ahead;
  int unregistered = 0;

 private:
  const Clock& clock_;
};

TEST(RegistryExpire, ARegistrysClockMayBeFiveMinutesOff) {
  FakeClock clock;
  TimerQueue timers(clock);
  RegistryChain<EndpointKind> chain;
  chain.Add<RegistryExpire>(clock, timers, absl::Minutes(1));
  auto& registry = chain.Add<OtherClock>(clock);
  for (absl::Duration ahead : {-absl::Minutes(5), absl::Minutes(5)}) {
    registry.ahead = ahead;
    registry.unregistered = 0;
    Context context;
    auto registered = chain.Begin().Register(context, Endpoint("a"));
    ASSERT_TRUE(registered.ok()) << registered.status();
    EXPECT_EQ(FromTimestamp(registered->expiration_time()), clock.Now() + absl::Minutes(1))
        << "by the clock of our caller, which is ours";
    clock.Advance(absl::Seconds(59));
    timers.RunDue();
    EXPECT_EQ(registry.unregistered, 0);
    clock.Advance(absl::Seconds(1));
    timers.RunDue();
    EXPECT_EQ(registry.unregistered, 1);
  }
  registry.ahead = -absl::Hours(1);
  Context context;
  absl::Status refused = chain.Begin().Register(context, Endpoint("a")).status();
  EXPECT_THAT(refused.message(), testing::HasSubstr("endpoint a: its registry: clocks differ"));
  EXPECT_EQ(timers.size(), 0u);
}

// Lets a test stop a call half way.
class HalfWay final : public RegistryElement<EndpointKind> {
 public:
  absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<EndpointKind>) override {
    entered.set_value();
    open.get_future().wait();
    return entry;
  }
  absl::Status Unregister(Context&, Entry, RegistryNext<EndpointKind>) override {
    ++unregistered;
    return absl::OkStatus();
  }
  std::promise<void> entered, open;
  int unregistered = 0;
};

TEST(RegistryExpire, ARenewalUnderWayAtTheExpiryWins) {
  FakeClock clock;
  TimerQueue timers(clock);
  RegistryChain<EndpointKind> chain;
  chain.Add<RegistryExpire>(clock, timers, absl::Minutes(1));
  auto& gate = chain.Add<HalfWay>();
  Context context;
  gate.open.set_value();
  ASSERT_TRUE(chain.Begin().Register(context, Endpoint("a")).ok());
  gate.entered = {};
  gate.open = {};
  clock.Advance(absl::Seconds(59));
  std::thread renewal([&] {
    Context mine;
    EXPECT_TRUE(chain.Begin().Register(mine, Endpoint("a")).ok());
  });
  gate.entered.get_future().wait();
  clock.Advance(absl::Seconds(2));
  std::thread expiry([&] { timers.RunDue(); });
  while (timers.size() > 0) std::this_thread::yield();  // it now waits for its turn
  gate.open.set_value();
  renewal.join();
  expiry.join();
  EXPECT_EQ(gate.unregistered, 0);
  clock.Advance(absl::Minutes(2));
  timers.RunDue();
  EXPECT_EQ(gate.unregistered, 1);
}

}  // namespace
}  // namespace nsm
