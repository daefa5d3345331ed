// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/find_all.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/time/clock.h"
#include "tests/harness/fake_registry.h"

namespace nsm {
namespace {

Context Within(absl::Duration time) {
  Context context;
  context.deadline = absl::Now() + time;
  return context;
}

TEST(FindAll, ReturnsWhatIsFound) {
  RegistryChain<EndpointKind> chain;
  auto& registry = chain.Add<FakeRegistry<EndpointKind>>();
  registry.entries = {Endpoint("a"), Endpoint("b")};
  auto found = FindAll(chain.Begin(), Within(absl::Seconds(10)), NetworkServiceEndpoint());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[1].name(), "b");
}

TEST(FindAll, AnErrorIsNotAnEmptyList) {
  RegistryChain<ServiceKind> chain;
  auto& registry = chain.Add<FakeRegistry<ServiceKind>>();
  registry.entries = {Service("a")};
  registry.answer = absl::UnavailableError("gone");
  EXPECT_EQ(FindAll(chain.Begin(), Within(absl::Seconds(10)), NetworkService()).status(), registry.answer);
}

TEST(FindAll, NeverWatches) {
  RegistryChain<ServiceKind> chain;
  auto& registry = chain.Add<FakeRegistry<ServiceKind>>();
  (void)FindAll<ServiceKind>(chain.Begin(), Within(absl::Seconds(10)), Query(Service("a"), /*watch=*/true));
  EXPECT_FALSE(registry.queries.at(0).watch());
}

// Does not answer until it is cancelled.
class Silent final : public RegistryElement<EndpointKind> {
 public:
  struct Call final : FindCall {
    void Cancel() override { sink->OnDone(absl::CancelledError("")); }
    std::shared_ptr<FindSink<EndpointKind>> sink;
  };
  std::shared_ptr<FindCall> Find(const Context&, EndpointKind::Query,
                                 std::shared_ptr<FindSink<EndpointKind>> sink,
                                 RegistryNext<EndpointKind>) override {
    call = std::make_shared<Call>();
    call->sink = std::move(sink);
    return call;
  }
  std::shared_ptr<Call> call;
};

TEST(FindAll, CancelsAtTheDeadline) {
  RegistryChain<EndpointKind> chain;
  auto& silent = chain.Add<Silent>();
  auto found = FindAll(chain.Begin(), Within(absl::Milliseconds(5)), Endpoint("a"));
  EXPECT_TRUE(absl::IsDeadlineExceeded(found.status())) << found.status();
  EXPECT_EQ(silent.call.use_count(), 1);
}

}  // namespace
}  // namespace nsm
