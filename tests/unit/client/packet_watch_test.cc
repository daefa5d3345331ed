// SPDX-License-Identifier: Apache-2.0
#include "src/client/packet_watch.h"

#include <gtest/gtest.h>

#include "tests/harness/blocking_queue.h"

namespace nsm::client {
namespace {

constexpr EchoHistory kNew = {.was_answered = false, .unanswered = kMostUnanswered - 1};
constexpr EchoHistory kNever = {.was_answered = false, .unanswered = kMostUnanswered};
constexpr EchoHistory kGood = {.was_answered = true, .unanswered = kMostUnanswered - 1};
constexpr EchoHistory kDead = {.was_answered = true, .unanswered = kMostUnanswered};

TEST(JudgeTest, AWayThatWorkedMustWork) {
  EXPECT_EQ(Judge({kGood}), Packets::kComeThrough);
  EXPECT_EQ(Judge({kDead}), Packets::kStopped);
  EXPECT_EQ(Judge({kGood, kDead}), Packets::kStopped);
}

TEST(JudgeTest, AWayThatNeverWorkedSaysNothingBesideOneThatDoes) {
  EXPECT_EQ(Judge({kGood, kNever}), Packets::kComeThrough);
  EXPECT_EQ(Judge({kDead, kNever}), Packets::kStopped);
  EXPECT_EQ(Judge({kNever, kNever}), Packets::kNeverCame);
  EXPECT_EQ(Judge({kNever, kNew}), Packets::kUnknown);
  EXPECT_EQ(Judge({}), Packets::kUnknown);
}

class PacketWatchTest : public testing::Test {
 protected:
  static EchoWay Way(const std::string& from, const std::string& to) {
    return {.from = IpAddress::Parse(from).value(), .to = IpAddress::Parse(to).value(), .interface = "lo"};
  }
  void Watch(const EchoWay& way) {
    watch_.Watch("id", {way}, [this](Packets packets) { told_.Push(packets); });
  }
  Packets Told() {
    auto packets = told_.Pop();
    EXPECT_TRUE(packets.has_value()) << "nothing is told";
    return packets.value_or(Packets::kUnknown);
  }

  // As many as it takes to give up hope of another connection.
  void PassIntervals() {
    BlockingQueue<Packets> others;
    watch_.Watch("other", {Way("192.0.2.1", "192.0.2.2")}, [&](Packets packets) { others.Push(packets); });
    EXPECT_EQ(others.Pop(), Packets::kNeverCame);
    watch_.Forget("other");
  }

  BlockingQueue<Packets> told_;
  PacketWatch watch_{absl::Milliseconds(10)};
};

TEST_F(PacketWatchTest, TellsWhatBecomesOfAConnection) {
  Watch(Way("127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(Told(), Packets::kComeThrough);
  // From an address that no host has (RFC 5737).
  Watch(Way("192.0.2.1", "192.0.2.2"));
  EXPECT_EQ(Told(), Packets::kNeverCame) << "nothing is left of the other way's good name";
  Watch(Way("127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(Told(), Packets::kComeThrough);
}

TEST_F(PacketWatchTest, TellsNothingTwice) {
  Watch(Way("127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(Told(), Packets::kComeThrough);
  PassIntervals();
  EXPECT_TRUE(told_.empty());
}

TEST_F(PacketWatchTest, TellsNothingOfWhatIsForgotten) {
  Watch(Way("127.0.0.1", "127.0.0.2"));
  EXPECT_EQ(Told(), Packets::kComeThrough);
  watch_.Forget("id");
  Watch(Way("192.0.2.1", "192.0.2.2"));
  watch_.Forget("id");
  PassIntervals();
  EXPECT_TRUE(told_.empty());
}

// The one that needs no permission, so it can be tried wherever tests run.
TEST(EchoTest, ARefusedTcpConnectionIsAnAnswer) {
  for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
    const IpAddress to = IpAddress::Parse(address).value();
    auto echo = Echo::Make({.from = IpAddress::Parse("127.0.0.1").value(), .to = to, .interface = ""},
                           Echo::Means::kTcp);
    EXPECT_FALSE(echo->TakeAnswer());
    echo->Send();
    std::vector<pollfd> sockets = echo->sockets();  // none where the kernel has refused it already
    if (!sockets.empty()) ::poll(sockets.data(), sockets.size(), 10'000);
    EXPECT_TRUE(echo->TakeAnswer());
    EXPECT_FALSE(echo->TakeAnswer()) << "once";
  }
}

TEST(EchoTest, WhatCannotBeSentIsNotAnswered) {
  const EchoWay not_ours{.from = IpAddress::Parse("192.0.2.1").value(),
                         .to = IpAddress::Parse("127.0.0.1").value(),
                         .interface = ""};
  const EchoWay no_interface{.from = IpAddress::Parse("127.0.0.1").value(),
                             .to = IpAddress::Parse("127.0.0.1").value(),
                             .interface = "no-such"};
  for (auto means : {Echo::Means::kTcp, Echo::Permitted(IpAddress::Family::kV4)}) {
    for (const EchoWay& way : {not_ours, no_interface}) {
      auto echo = Echo::Make(way, means);
      echo->Send();
      echo->Send();
      EXPECT_FALSE(echo->TakeAnswer());
    }
  }
}

}  // namespace
}  // namespace nsm::client
