// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/registry/registration.h"

#include <gtest/gtest.h>

#include <thread>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/wire/time.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"

namespace nsm {
namespace {

// In front of a registry: says what is asked of it, and answers as told.
template <typename Kind>
class Gate final : public RegistryElement<Kind> {
 public:
  using Entry = typename Kind::Entry;
  explicit Gate(BlockingQueue<std::string>& asked) : asked_(asked) {}

  absl::StatusOr<Entry> Register(Context& context, Entry entry, RegistryNext<Kind> next) override {
    const size_t tokens = context.registry_path.tokens.size();
    context.registry_path.tokens.push_back("ours");
    const std::string asked = entry.name() + " " + std::to_string(tokens);
    absl::Status refusal;
    {
      MutexLock lock(mutex_);
      if (refusals_ > 0) refusal = (--refusals_, absl::UnavailableError("away"));
      if constexpr (std::is_same_v<Kind, EndpointKind>) {
        *entry.mutable_expiration_time() = ToTimestamp(absl::Now() + life_);
      }
    }
    absl::StatusOr<Entry> registered = std::move(entry);
    if (refusal.ok()) {
      registered = next.Register(context, *registered);
    } else {
      registered = refusal;
    }
    asked_.Push(asked);
    return registered;
  }
  absl::Status Unregister(Context& context, Entry entry, RegistryNext<Kind> next) override {
    asked_.Push("-" + entry.name());
    return next.Unregister(context, std::move(entry));
  }
  std::shared_ptr<FindCall> Find(const Context& context, typename Kind::Query query,
                                 std::shared_ptr<FindSink<Kind>> sink, RegistryNext<Kind> next) override {
    MutexLock lock(mutex_);
    if (!watchable_) return EndFind(*sink, absl::PermissionDeniedError(""));
    return next.Find(context, std::move(query), std::move(sink));
  }
  void RefuseNext(int count) {
    MutexLock lock(mutex_);
    refusals_ = count;
  }
  void RefuseToBeWatched() {
    MutexLock lock(mutex_);
    watchable_ = false;
  }
  void set_life(absl::Duration life) {
    MutexLock lock(mutex_);
    life_ = life;
  }

 private:
  BlockingQueue<std::string>& asked_;
  Mutex mutex_;
  int refusals_ GUARDED_BY(mutex_) = 0;
  bool watchable_ GUARDED_BY(mutex_) = true;
  absl::Duration life_ GUARDED_BY(mutex_) = absl::Minutes(1);
};

class RegistrationTest : public testing::Test {
 protected:
  RegistrationTest() {
    services_.Add<Gate<ServiceKind>>(asked_);
    gate_ = &endpoints_.Add<Gate<EndpointKind>>(asked_);
    endpoints_.Add<StoreRegistry<EndpointKind>>(store_);
    host_.Start();
  }
  ~RegistrationTest() override { registration_ = nullptr; }
  void Start(std::vector<NetworkService> services = {}) {
    registration_ = std::make_unique<Registration>(channels_, host_.url(), Endpoint("nse", {"ns"}),
                                                   std::move(services), clock_);
  }
  // Name and number of the path's tokens of the next Register; "-name" of an Unregister.
  std::string Asked() { return asked_.Pop().value_or("nothing"); }
  absl::Status Unregister() { return registration_->Unregister(absl::Now() + absl::Seconds(10)); }

  SystemClock clock_;
  InsecureIdentity tokens_{"nse", absl::Minutes(10), clock_};
  ChannelPool channels_{tokens_, absl::Milliseconds(500)};
  BlockingQueue<std::string> asked_;
  MemoryStore<EndpointKind> store_;
  RegistryChain<ServiceKind> services_;
  RegistryChain<EndpointKind> endpoints_;
  Gate<EndpointKind>* gate_ = nullptr;
  RegistryHost host_{endpoints_, services_};
  std::unique_ptr<Registration> registration_;
};

TEST_F(RegistrationTest, RegistersServicesFirstAndTakesTheEndpointOut) {
  Start({Service("ns", "IP")});
  EXPECT_EQ(Asked(), "ns 0");
  EXPECT_EQ(Asked(), "nse 0");
  EXPECT_EQ(store_.List().at(0).network_service_names(0), "ns");
  ASSERT_TRUE(Unregister().ok());
  EXPECT_EQ(Asked(), "-nse");
  EXPECT_TRUE(asked_.empty()) << "others may offer the service, too";
  EXPECT_TRUE(store_.List().empty());
}

TEST_F(RegistrationTest, RefreshesAtTwoThirdsOfItsLifeWithThePathItGot) {
  gate_->set_life(absl::Milliseconds(300));
  const absl::Time start = absl::Now();
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  EXPECT_EQ(Asked(), "nse 1");
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(200));
}

TEST_F(RegistrationTest, AnExpiryThatHasPassedMakesNoStorm) {
  gate_->set_life(-absl::Minutes(2));
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  absl::SleepFor(absl::Milliseconds(500));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(RegistrationTest, AnExpiryThatPassedLongAgoIsNoRegistration) {
  gate_->set_life(-absl::Hours(1));
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  EXPECT_EQ(Asked(), "nse 1") << "it is tried again";
  EXPECT_FALSE(registration_->is_registered());
}

TEST_F(RegistrationTest, RegistersAgainWhatTheRegistryLost) {
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  while (store_.watches() == 0) std::this_thread::yield();
  ASSERT_TRUE(store_.Remove("nse").ok());
  EXPECT_EQ(Asked(), "nse 1");
}

TEST_F(RegistrationTest, RegistersAgainAtARegistryThatWasAway) {
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  host_.Stop();
  host_.Start();
  EXPECT_EQ(Asked(), "nse 1");
}

TEST_F(RegistrationTest, TriesAgainUntilItIsTaken) {
  gate_->RefuseNext(2);
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  EXPECT_EQ(Asked(), "nse 0");
  EXPECT_EQ(Asked(), "nse 0");
  ASSERT_TRUE(Unregister().ok());
  EXPECT_EQ(Asked(), "-nse");
}

TEST_F(RegistrationTest, ARegistryThatRefusesToBeWatchedIsNotAskedWithoutEnd) {
  gate_->RefuseToBeWatched();
  const absl::Time start = absl::Now();
  Start();
  for (int i = 0; i < 4; ++i) Asked();
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(350)) << "50, 100 and 200 ms between";
}

TEST_F(RegistrationTest, ItsEndLeavesTheEndpointForTheSuccessor) {
  Start();
  EXPECT_EQ(Asked(), "nse 0");
  registration_ = nullptr;
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(store_.List().size(), 1u);
}

TEST_F(RegistrationTest, WhatIsNotRegisteredNeedsNoUnregister) {
  host_.Stop();
  Start();
  EXPECT_TRUE(Unregister().ok());
  EXPECT_FALSE(registration_->is_registered());
}

}  // namespace
}  // namespace nsm
