// SPDX-License-Identifier: Apache-2.0
#include "src/core/timer_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "tests/harness/fake_clock.h"

namespace nsm {
namespace {

using testing::ElementsAre;

// Counts how often others than its maker's thread read the intervals.
class CountingClock final : public Clock {
 public:
  absl::Time Now() const override { return clock_.Now(); }
  absl::Duration Elapsed() const override {
    if (std::this_thread::get_id() != makers_) ++readings_;
    return clock_.Elapsed();
  }
  int readings() const { return readings_; }

 private:
  const SystemClock clock_;
  const std::thread::id makers_ = std::this_thread::get_id();
  mutable std::atomic<int> readings_ = 0;
};

TEST(TimerQueue, RunsWhatIsDueInOrderOfTime) {
  FakeClock clock;
  TimerQueue queue(clock);
  std::vector<int> ran;
  queue.Schedule(clock.Now() + absl::Seconds(2), [&] { ran.push_back(2); });
  queue.Schedule(clock.Now() + absl::Seconds(1), [&] { ran.push_back(1); });
  queue.Schedule(clock.Now() + absl::Seconds(9), [&] { ran.push_back(9); });
  queue.RunDue();
  EXPECT_THAT(ran, ElementsAre());
  clock.Advance(absl::Seconds(2));
  queue.RunDue();
  EXPECT_THAT(ran, ElementsAre(1, 2));
  EXPECT_EQ(queue.size(), 1u);
}

TEST(TimerQueue, CancelSaysWhetherItWasInTime) {
  FakeClock clock;
  TimerQueue queue(clock);
  TimerId id = queue.Schedule(clock.Now(), [] {});
  EXPECT_TRUE(queue.Cancel(id));
  EXPECT_FALSE(queue.Cancel(id));
  EXPECT_FALSE(queue.Cancel(0));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, RunsByItselfOnAPool) {
  std::promise<void> far, near;
  SystemClock clock;
  WorkerPool pool(1);
  TimerQueue queue(clock, pool);
  queue.Schedule(clock.Now() + absl::Hours(1), [&] { far.set_value(); });
  queue.Schedule(clock.Now() + absl::Milliseconds(1), [&] { near.set_value(); });
  near.get_future().wait();
  EXPECT_EQ(queue.size(), 1u);
  // By now its thread waits for the far one.
  std::promise<void> earlier;
  absl::SleepFor(absl::Milliseconds(20));
  queue.Schedule(clock.Now(), [&] { earlier.set_value(); });
  EXPECT_EQ(earlier.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(TimerQueue, WhatComesAndGoesDoesNotWakeIt) {
  CountingClock clock;
  WorkerPool pool(1);
  TimerQueue queue(clock, pool);
  const TimerId first = queue.Schedule(clock.Now() + absl::Hours(1), [] {});
  while (clock.readings() == 0) std::this_thread::yield();
  queue.Cancel(first);
  for (int i = 0; i < 200; ++i) {
    const int before = clock.readings();
    TimerId id = queue.Schedule(clock.Now() + absl::Hours(2), [] {});
    // Time to wake up, if it does.
    for (int pause = 0; pause < 100 && clock.readings() == before; ++pause) std::this_thread::yield();
    queue.Cancel(id);
  }
  std::promise<void> ran;
  queue.Schedule(clock.Now(), [&] { ran.set_value(); });
  ran.get_future().wait();
  EXPECT_LT(clock.readings(), 20);
}

TEST(TimerQueue, RunsNothingAfterItsStop) {
  FakeClock clock;
  TimerQueue queue(clock);
  int ran = 0;
  queue.Schedule(clock.Now(), [&] { ++ran; });
  queue.Stop();
  queue.Schedule(clock.Now(), [&] { ++ran; });
  queue.RunDue();
  EXPECT_EQ(ran, 0);
  EXPECT_EQ(queue.size(), 0u);
}

TEST(TimerQueue, AClockThatIsSetForwardDelaysNothing) {
  FakeClock clock;
  WorkerPool pool(1);
  TimerQueue queue(clock, pool);
  std::promise<void> first, second;
  queue.Schedule(clock.Now() + absl::Minutes(10), [&] { first.set_value(); });
  absl::SleepFor(absl::Milliseconds(20));  // until its thread waits for that
  clock.Advance(absl::Minutes(15));
  queue.Schedule(clock.Now(), [&] { second.set_value(); });
  EXPECT_EQ(first.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(second.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(TimerQueue, AWallClockThatIsSetNeitherFiresNorDelays) {
  for (absl::Duration step : {absl::Hours(1), -absl::Hours(1)}) {
    FakeClock clock;
    TimerQueue queue(clock);
    int ran = 0;
    queue.Schedule(clock.Now() + absl::Seconds(2), [&] { ++ran; });
    clock.Set(step);
    queue.RunDue();
    EXPECT_EQ(ran, 0) << step;
    clock.Advance(absl::Seconds(2) - absl::Milliseconds(1));
    queue.RunDue();
    EXPECT_EQ(ran, 0) << step;
    clock.Advance(absl::Milliseconds(1));
    queue.RunDue();
    EXPECT_EQ(ran, 1) << step;
  }
}

TEST(TimerQueue, AClockThatIsSetBackDelaysNothingOnAPool) {
  FakeClock clock;
  WorkerPool pool(1);
  TimerQueue queue(clock, pool);
  std::promise<void> done;
  clock.Set(-absl::Hours(1));
  queue.Schedule(clock.Now() + absl::Milliseconds(50), [&] { done.set_value(); });
  clock.Set(-absl::Hours(1));
  clock.Advance(absl::Milliseconds(50));
  queue.Schedule(clock.Now() + absl::Hours(1), [] {});  // has it look at the time
  EXPECT_EQ(done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(Clock, IntervalsGoOnEvenly) {
  SystemClock clock;
  const absl::Duration before = clock.Elapsed();
  absl::SleepFor(absl::Milliseconds(1));
  EXPECT_GE(clock.Elapsed() - before, absl::Milliseconds(1));
}

TEST(WorkerPool, DrainsWhatIsQueuedAndWhatRuns) {
  std::atomic<int> ran = 0;
  WorkerPool pool(2);
  pool.Drain();
  for (int i = 0; i < 100; ++i) pool.Run([&] { ++ran; });
  pool.Drain();
  EXPECT_EQ(ran, 100);

  std::promise<void> begun, end;
  pool.Run([&] {
    begun.set_value();
    end.get_future().wait();
  });
  begun.get_future().wait();
  auto drained = std::async(std::launch::async, [&] { pool.Drain(); });
  EXPECT_EQ(drained.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  end.set_value();
  drained.wait();
}

TEST(WorkerPool, StopDropsWhatIsQueuedAndWaitsForWhatRuns) {
  std::promise<void> begun, end;
  std::atomic<int> ran = 0;
  WorkerPool pool(1);
  pool.Run([&] {
    begun.set_value();
    end.get_future().wait();
    ++ran;
  });
  pool.Run([&] { ran += 10; });
  begun.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { pool.Stop(); });
  EXPECT_EQ(stopped.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  end.set_value();
  stopped.wait();
  pool.Run([&] { ran += 100; });
  pool.Drain();
  EXPECT_EQ(ran, 1);
}

TEST(WorkerPool, RunsAtOnceWhatWaitsForEachOther) {
  std::promise<void> first, second;
  WorkerPool pool(2);
  pool.Run([&] {
    first.set_value();
    second.get_future().wait();
  });
  pool.Run([&] {
    first.get_future().wait();
    second.set_value();
  });
}

}  // namespace
}  // namespace nsm
