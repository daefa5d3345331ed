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
    damage.Take();
    damage.Repaired(true, now);
  }
  EXPECT_GE(before, absl::Milliseconds(200));
  for (bool was_damaged : {false, true}) {
    now += was_damaged ? absl::Seconds(10) : *damage.Left(now);
    damage.Note(HurtHere({kOne}));
    damage.Take();
    damage.Repaired(was_damaged, now);
    damage.Note(HurtHere({kOne}));
    EXPECT_LE(*damage.Left(now), absl::Milliseconds(100)) << "nothing was missing, or it was long ago";
  }
}

}  // namespace
}  // namespace nsm::dataplane
