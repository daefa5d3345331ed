// SPDX-License-Identifier: Apache-2.0
#include "src/forwarder/mechanisms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/unit/forwarder/fake_mechanism.h"

namespace nsm::forwarder {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Mechanism Of(const char* cls, const char* type, const std::string& mark = "") {
  Mechanism mechanism = MakeMechanism({cls, type});
  if (!mark.empty()) (*mechanism.mutable_parameters())["mark"] = mark;
  return mechanism;
}

std::vector<std::string> KindsOf(const std::vector<Mechanism>& mechanisms) {
  std::vector<std::string> kinds;
  for (const Mechanism& mechanism : mechanisms) kinds.push_back(KindOf(mechanism).ToString());
  return kinds;
}

class MechanismsTest : public testing::Test {
 protected:
  absl::StatusOr<AgreedLeg> Accept(const std::vector<Mechanism>& preferences, const Mechanism& chosen = {}) {
    return mechanisms_.Accept(RequestWith(preferences, chosen));
  }
  static NetworkServiceRequest RequestWith(const std::vector<Mechanism>& preferences,
                                           const Mechanism& chosen) {
    NetworkServiceRequest request;
    for (const Mechanism& preference : preferences) *request.add_mechanism_preferences() = preference;
    *request.mutable_connection()->mutable_mechanism() = chosen;
    return request;
  }
  // The message when none of these is accepted.
  std::string Refusal(const std::vector<Mechanism>& preferences) {
    absl::Status refused = Accept(preferences).status();
    EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
    return std::string(refused.message());
  }

  Mechanisms mechanisms_;
  FakeMechanism& kernel_ = mechanisms_.Add<FakeMechanism>(kLocalKernel);
  FakeMechanism& wireguard_ = mechanisms_.Add<FakeMechanism>(kRemoteWireguard);
  FakeMechanism& vxlan_ = mechanisms_.Add<FakeMechanism>(kRemoteVxlan);
};

TEST_F(MechanismsTest, ANextHopIsOfferedAllThatFitInOurOrder) {
  EXPECT_THAT(KindsOf(*mechanisms_.Offer({}, /*is_on_this_node=*/false)),
              ElementsAre("REMOTE WIREGUARD", "REMOTE VXLAN"));
  EXPECT_THAT(KindsOf(*mechanisms_.Offer({}, /*is_on_this_node=*/true)), ElementsAre("LOCAL KERNEL"));
}

TEST_F(MechanismsTest, WhatCannotBeOfferedIsLeftOut) {
  wireguard_.offer_answer = absl::FailedPreconditionError("it carries payload IP only");
  EXPECT_THAT(KindsOf(*mechanisms_.Offer({}, false)), ElementsAre("REMOTE VXLAN"));
  vxlan_.offer_answer = absl::UnavailableError("no address");
  absl::Status none = mechanisms_.Offer({}, false).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(none)) << none;
  EXPECT_EQ(none.message(),
            "none of this forwarder's mechanisms can be offered: "
            "REMOTE WIREGUARD: it carries payload IP only; REMOTE VXLAN: no address");
}

TEST_F(MechanismsTest, AnAnswerIsReadByItsKind) {
  vxlan_.mtu = 1400;
  Connection answer;
  *answer.mutable_mechanism() = Of("REMOTE", "VXLAN", "theirs");
  auto agreed = mechanisms_.Agree(answer);
  ASSERT_TRUE(agreed.ok()) << agreed.status();
  EXPECT_EQ(agreed->mtu, 1400u);
  EXPECT_EQ(Parameter(agreed->mechanism, "mark"), "theirs");
  vxlan_.agree_answer = absl::FailedPreconditionError("it lacks a VNI");
  EXPECT_EQ(mechanisms_.Agree(answer).status(),
            absl::FailedPreconditionError("the next hop chose mechanism REMOTE VXLAN: it lacks a VNI"));
  for (const Mechanism& other : {Of("REMOTE", "IPSEC"), Of("LOCAL", "VXLAN"), Mechanism()}) {
    *answer.mutable_mechanism() = other;
    EXPECT_TRUE(absl::IsInternal(mechanisms_.Agree(answer).status())) << KindOf(other).ToString();
  }
}

TEST_F(MechanismsTest, TheFirstPreferenceThatWillDoIsTakenInTheCallersOrder) {
  auto accepted = Accept({Of("REMOTE", "VXLAN", "first"), Of("REMOTE", "WIREGUARD")});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(Parameter(accepted->mechanism, "mark"), "first") << "although ours is another order";
  EXPECT_THAT(wireguard_.asked, IsEmpty());
}

TEST_F(MechanismsTest, WhatIsUnknownOrWillNotDoIsSkipped) {
  wireguard_.accept_answer = absl::FailedPreconditionError("it carries payload IP only");
  auto accepted = Accept({Mechanism(), Of("REMOTE", ""), Of("REMOTE", "IPSEC"), Of("LOCAL", "VXLAN"),
                          Of("REMOTE", "WIREGUARD"), Of("REMOTE", "VXLAN", "second")});
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(Parameter(accepted->mechanism, "mark"), "second");
  EXPECT_THAT(wireguard_.asked, SizeIs(1));
}

TEST_F(MechanismsTest, IfNoneWillDoTheErrorNamesEachAndWhy) {
  wireguard_.accept_answer = absl::FailedPreconditionError("it carries payload IP only");
  vxlan_.accept_answer = absl::ResourceExhaustedError("every VNI is in use");
  const Mechanism vxlan = Of("REMOTE", "VXLAN");
  EXPECT_EQ(
      Accept({Of("REMOTE", "IPSEC"), vxlan, Of("REMOTE", "WIREGUARD"), vxlan, Mechanism()}).status(),
      absl::ResourceExhaustedError(
          "none of the mechanisms offered will do: "
          "REMOTE IPSEC: not supported; this forwarder has LOCAL KERNEL, REMOTE WIREGUARD, REMOTE VXLAN; "
          "REMOTE VXLAN: every VNI is in use; REMOTE WIREGUARD: it carries payload IP only; "
          "(no class) (no type): not supported; "
          "this forwarder has LOCAL KERNEL, REMOTE WIREGUARD, REMOTE VXLAN"))
      << "what is offered twice is told once";
  EXPECT_EQ(Accept({vxlan}).status(),
            absl::ResourceExhaustedError("mechanism REMOTE VXLAN: every VNI is in use"));
  EXPECT_THAT(Refusal({}), HasSubstr("offers no mechanism"));
}

TEST_F(MechanismsTest, AnErrorHasRoomForTheReasons) {
  std::vector<Mechanism> many;
  std::vector<std::string> types;
  for (int i = 0; i < 32; ++i) types.push_back(absl::StrCat("TYPE-", i));
  for (const std::string& type : types) many.push_back(Of("REMOTE", type.c_str()));
  const std::string refusal = Refusal(many);
  EXPECT_THAT(refusal, HasSubstr("TYPE-7:"));
  EXPECT_THAT(refusal, Not(HasSubstr("TYPE-8:")));
  EXPECT_THAT(refusal, HasSubstr("; and 24 more"));
  vxlan_.accept_answer = absl::InvalidArgumentError(std::string(4000, 'x'));
  EXPECT_LT(Refusal({Of("REMOTE", "VXLAN")}).size(), 300u);
}

TEST_F(MechanismsTest, WhatWasChosenStays) {
  auto accepted = Accept({Of("REMOTE", "WIREGUARD")}, Of("REMOTE", "VXLAN", "chosen"));
  ASSERT_TRUE(accepted.ok()) << accepted.status();
  EXPECT_EQ(Parameter(accepted->mechanism, "mark"), "chosen");
  vxlan_.accept_answer = absl::UnavailableError("not now");
  EXPECT_TRUE(absl::IsUnavailable(Accept({Of("REMOTE", "WIREGUARD")}, Of("REMOTE", "VXLAN")).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Accept({Of("REMOTE", "WIREGUARD")}, Of("LOCAL", "MEMIF")).status()));
  EXPECT_THAT(wireguard_.asked, IsEmpty());
}

TEST_F(MechanismsTest, WhatIsLiveIsFoundByTheMechanismThatWouldBeAccepted) {
  vxlan_.live = "by-vxlan";
  auto found = [&](const std::vector<Mechanism>& preferences, const Mechanism& chosen = {}) {
    return mechanisms_.FindLive(RequestWith(preferences, chosen)).value().value_or("none");
  };
  EXPECT_EQ(found({Of("REMOTE", "IPSEC"), Of("REMOTE", "VXLAN")}), "by-vxlan");
  EXPECT_EQ(found({Of("REMOTE", "WIREGUARD"), Of("REMOTE", "VXLAN")}), "none");
  EXPECT_EQ(found({Of("REMOTE", "WIREGUARD")}, Of("REMOTE", "VXLAN")), "by-vxlan");
  EXPECT_EQ(found({Of("REMOTE", "VXLAN")}, Of("REMOTE", "IPSEC")), "none");
  EXPECT_EQ(found({}), "none");
}

TEST_F(MechanismsTest, EachGivesUpWhatItHasReserved) {
  mechanisms_.Release("id");
  EXPECT_THAT(kernel_.released, ElementsAre("id"));
  EXPECT_THAT(vxlan_.released, ElementsAre("id"));
}

}  // namespace
}  // namespace nsm::forwarder
