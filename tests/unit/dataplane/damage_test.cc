// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/damage.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/dataplane/record.h"

namespace nsm::dataplane {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using News = netlink::NetworkEvents::News;

constexpr Ifindex kOne{kFirstIndex + 1};
constexpr Ifindex kTwo{kFirstIndex + 2};

News HurtHere(std::initializer_list<Ifindex> links) {
  News news;
  news.links_hurt = links;
  return news;
}

TEST(Damage, BelongsToAttachmentsAndToTheNode) {
  Damage damage;
  EXPECT_EQ(damage.Left(absl::Seconds(1)), std::nullopt);
  News news = HurtHere({kOne});
  news.links_hurt_elsewhere = {PodIndex(kOne), PodIndex(kTwo), {7}};
  damage.Note(news);
  EXPECT_EQ(damage.Left(absl::Seconds(1)), absl::ZeroDuration()) << "the first at once";
  Damage::Hurt hurt = damage.Take();
  EXPECT_THAT(hurt.attachments, ElementsAre(kOne, kTwo));
  EXPECT_FALSE(hurt.node || hurt.everything) << "other links of pods are nobody's";
  EXPECT_EQ(damage.Left(absl::Seconds(1)), std::nullopt);

  damage.Note(HurtHere({{7}}));
  hurt = damage.Take();
  EXPECT_TRUE(hurt.node && !hurt.everything);
  EXPECT_THAT(hurt.attachments, IsEmpty());
  news = News{};
  news.missed_some = true;
  damage.Note(news);
  hurt = damage.Take();
  EXPECT_TRUE(hurt.node && hurt.everything);
}

TEST(Damage, ThatWasPutBackIsLookedAtOnceMore) {
  Damage damage;
  damage.Note(HurtHere({kOne}));
  Damage::Hurt hurt = damage.Take();
  damage.Note(HurtHere({kTwo}));
  damage.Repaired(hurt, true, absl::Seconds(1));
  EXPECT_EQ(damage.Left(absl::Seconds(1)), absl::Milliseconds(50));
  hurt = damage.Take();
  EXPECT_THAT(hurt.attachments, ElementsAre(kOne, kTwo));
  damage.Repaired(hurt, true, absl::Seconds(2));
  hurt = damage.Take();
  EXPECT_THAT(hurt.attachments, ElementsAre(kOne, kTwo));
  damage.Repaired(hurt, true, absl::Seconds(3));
  EXPECT_EQ(damage.Left(absl::Seconds(3)), std::nullopt)
      << "what cannot be put back is not looked at for ever";
  damage.Note(HurtHere({kOne}));
  damage.Repaired(damage.Take(), false, absl::Seconds(4));
  EXPECT_EQ(damage.Left(absl::Seconds(4)), std::nullopt) << "nothing was missing";
}

TEST(Damage, ThatGoesOnIsPutBackLessOftenButWithinASecond) {
  Damage damage;
  absl::Duration now = absl::Seconds(100);
  absl::Duration before;
  for (int round = 0; round < 10; ++round) {
    damage.Note(HurtHere({kOne}));
    const absl::Duration left = damage.Left(now).value();
    EXPECT_GE(left, before);
    EXPECT_LT(left, absl::Seconds(1));
    before = left;
    now += left;
    damage.Repaired(damage.Take(), true, now);
  }
  EXPECT_GE(before, absl::Milliseconds(200));
  now += damage.Left(now).value();
  damage.Repaired(damage.Take(), false, now);
  damage.Note(HurtHere({kOne}));
  EXPECT_EQ(*damage.Left(now), before) << "a look at what is whole in between is no peace";
  now += absl::Seconds(10);
  damage.Repaired(damage.Take(), true, now);
  EXPECT_LE(*damage.Left(now), absl::Milliseconds(100)) << "it was long ago";
}

}  // namespace
}  // namespace nsm::dataplane
