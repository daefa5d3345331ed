// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/peer_liveness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/ip.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PeerLivenessTest : public ::testing::Test {
 protected:
  PeerLivenessTest() { liveness.Watch({peer}); }
  // Which stamps it is does not matter, but that they are others.
  void Hear() { ++heard[peer].heard; }
  void HearAnswer() {
    Hear();
    ++heard[peer].answered;
  }
  PeerLiveness::Round Look() {
    return liveness.Look([this](const IpAddress& address) { return heard[address]; });
  }
  // Rounds without a word until it is lost.
  int RoundsUntilLost() {
    for (int round = 1; round <= 100; ++round) {
      if (!Look().lost.empty()) return round;
    }
    return 0;
  }

  const IpAddress peer = Ip("192.0.2.2");
  std::map<IpAddress, Heard> heard;
  PeerLiveness liveness;
};

TEST_F(PeerLivenessTest, ASilentPeerIsAsked) {
  EXPECT_THAT(Look().questions, ElementsAre(PeerLiveness::Question{peer, false}));
  HearAnswer();
  EXPECT_THAT(Look().questions, IsEmpty());
  EXPECT_THAT(Look().questions, ElementsAre(PeerLiveness::Question{peer, true}));
  EXPECT_THAT(Look().questions, ElementsAre(PeerLiveness::Question{peer, false})) << "nothing came of it";
}

TEST_F(PeerLivenessTest, ABusyPeerIsAskedNowAndThenOnceItHasAnswered) {
  Hear();
  EXPECT_EQ(Look().questions.size(), 1u);
  Hear();
  EXPECT_EQ(Look().questions.size(), 1u);
  HearAnswer();
  for (int round = 1; round <= 20; ++round) {
    const PeerLiveness::Round next = Look();
    if (round % kRoundsHeard == 0) {
      EXPECT_THAT(next.questions, ElementsAre(PeerLiveness::Question{peer, true})) << round;
    } else {
      EXPECT_THAT(next.questions, IsEmpty()) << round;
    }
    EXPECT_THAT(next.lost, IsEmpty());
    Hear();
  }
}

TEST_F(PeerLivenessTest, IsLostInTheSixthRoundOfSilence) {
  HearAnswer();
  EXPECT_EQ(RoundsUntilLost(), 6) << "in the first one it has been heard of";
  EXPECT_EQ(liveness.Lost(), std::set<IpAddress>{peer});
}

TEST_F(PeerLivenessTest, OneAnswerInFourIsEnough) {
  HearAnswer();
  for (int round = 0; round < 100; ++round) {
    EXPECT_THAT(Look().lost, IsEmpty()) << round;
    if (round % 4 == 3) HearAnswer();
  }
}

TEST_F(PeerLivenessTest, IsToldOnceAndAskedOn) {
  HearAnswer();
  ASSERT_NE(RoundsUntilLost(), 0);
  for (int round = 0; round < 10; ++round) {
    const PeerLiveness::Round next = Look();
    EXPECT_THAT(next.lost, IsEmpty());
    EXPECT_THAT(next.questions, ElementsAre(PeerLiveness::Question{peer, false}));
  }
  Hear();
  EXPECT_THAT(Look().back, IsEmpty()) << "it does not answer";
  HearAnswer();
  EXPECT_THAT(Look().back, ElementsAre(peer));
  EXPECT_THAT(liveness.Lost(), IsEmpty());
  EXPECT_EQ(RoundsUntilLost(), 5) << "and may be lost again";
}

TEST_F(PeerLivenessTest, WhoeverAsksForItWhileItIsLostIsToldToo) {
  HearAnswer();
  ASSERT_NE(RoundsUntilLost(), 0);
  liveness.Expect(peer, /*is_new=*/false);
  int rounds = 0;
  for (std::vector<IpAddress> lost; lost.empty() && rounds < 100; ++rounds) {
    // Others who ask do not put it off.
    liveness.Expect(peer, /*is_new=*/false);
    lost = Look().lost;
  }
  EXPECT_EQ(rounds, kMostUnanswered + 1);
  EXPECT_EQ(liveness.Lost(), std::set<IpAddress>{peer});
  EXPECT_EQ(RoundsUntilLost(), 0) << "nobody has asked since";
}

TEST_F(PeerLivenessTest, ANewConnectionBeginsTheCountAnew) {
  HearAnswer();
  for (int round = 0; round < 5; ++round) EXPECT_THAT(Look().lost, IsEmpty());
  liveness.Expect(peer, /*is_new=*/true);
  EXPECT_EQ(RoundsUntilLost(), 5);
}

TEST_F(PeerLivenessTest, WhatDidNotGoOutDoesNotCount) {
  HearAnswer();
  for (int round = 0; round < 100; ++round) {
    const PeerLiveness::Round next = Look();
    EXPECT_THAT(next.lost, IsEmpty()) << round;
    for (const PeerLiveness::Question& question : next.questions) liveness.NotAsked(question.peer);
  }
}

TEST_F(PeerLivenessTest, WhoHasNeverAnsweredIsNotLost) {
  EXPECT_EQ(RoundsUntilLost(), 0);
  Hear();
  EXPECT_EQ(RoundsUntilLost(), 0);
}

TEST_F(PeerLivenessTest, WhoIsNotWatchedIsForgotten) {
  const IpAddress other = Ip("192.0.2.3");
  HearAnswer();
  ASSERT_NE(RoundsUntilLost(), 0);
  liveness.Watch({peer, other});
  EXPECT_EQ(liveness.Lost(), std::set<IpAddress>{peer});
  EXPECT_EQ(Look().questions.size(), 2u);
  liveness.Watch({other});
  EXPECT_THAT(liveness.Lost(), IsEmpty());
  EXPECT_THAT(Look().questions, ElementsAre(PeerLiveness::Question{other, false}));
}

}  // namespace
}  // namespace nsm::dataplane
