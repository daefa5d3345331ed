// SPDX-License-Identifier: Apache-2.0
// What every Api does, the stand-in as well as the client. With the path of a kubeconfig in
// NSM_TEST_KUBECONFIG also against that API server: it makes ConfigMaps in the namespace "default".
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <thread>

#include "src/core/uuid.h"
#include "src/kubernetes/http_api.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/fake_kubernetes_api.h"
#include "tests/harness/fake_kubernetes_server.h"

namespace nsm::kubernetes {
namespace {

using testing::UnorderedElementsAre;
using Type = WatchEvent::Type;

// An Api, and what stands behind it.
class ApiHost {
 public:
  virtual ~ApiHost() = default;
  virtual Api& api() = 0;
};

class FakeHost final : public ApiHost {
 public:
  Api& api() override { return fake_; }

 private:
  FakeApi fake_;
};

class HttpHost final : public ApiHost {
 public:
  Api& api() override { return *client_; }

 private:
  FakeApi fake_;
  FakeApiServer server_{fake_};
  // So small that lists come in several pages.
  std::unique_ptr<Api> client_ = NewHttpApi(server_.access(), {.page_size = 2});
};

class RealHost final : public ApiHost {
 public:
  explicit RealHost(const std::string& kubeconfig) {
    auto access = FindAccess(kubeconfig);
    EXPECT_TRUE(access.ok()) << access.status();
    if (access.ok()) client_ = NewHttpApi(*access, {.page_size = 2});
  }
  Api& api() override { return *client_; }

 private:
  std::unique_ptr<Api> client_;
};

struct HostKind {
  std::string name;
  std::function<std::unique_ptr<ApiHost>()> make;
};
void PrintTo(const HostKind& kind, std::ostream* out) { *out << kind.name; }

std::vector<HostKind> HostKinds() {
  std::vector<HostKind> kinds = {{"Fake", [] { return std::make_unique<FakeHost>(); }},
                                 {"Http", [] { return std::make_unique<HttpHost>(); }}};
  if (const char* kubeconfig = std::getenv("NSM_TEST_KUBECONFIG")) {
    kinds.push_back({"Real", [kubeconfig] { return std::make_unique<RealHost>(kubeconfig); }});
  }
  return kinds;
}

class ApiContractTest : public testing::TestWithParam<HostKind> {
 protected:
  ~ApiContractTest() override {
    stop_.request_stop();
    if (watch_.joinable()) watch_.join();
    if (auto mine = api().List(Mine(), {}); mine.ok()) {
      for (const Json& object : mine->items) (void)api().Delete(maps_, Name(object), {});
    }
  }

  Api& api() { return host_->api(); }
  // Every test's objects have a label of their own.
  Query Mine() const { return {.resource = maps_, .label_selector = "test=" + test_, .field_selector = ""}; }
  std::string NameOf(const std::string& name) const { return test_ + "-" + name; }
  Json Object(const std::string& name, const std::string& value = "1") const {
    return {{"apiVersion", "v1"},
            {"kind", "ConfigMap"},
            {"metadata", {{"name", NameOf(name)}, {"labels", {{"test", test_}}}}},
            {"data", {{"value", value}}}};
  }
  Json Create(const std::string& name) {
    auto made = api().Create(maps_, Object(name));
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *made : Json::object();
  }
  std::string Version() {
    auto list = api().List(Mine(), {});
    EXPECT_TRUE(list.ok()) << list.status();
    return list.ok() ? list->resource_version : "";
  }
  // Starts one on a thread of its own, and returns when it is open.
  void Watch(const Query& query, const std::string& from) {
    watch_ = std::thread([this, query, from] {
      end_.Push(api().Watch(query, from, stop_.get_token(), [this](WatchEvent event) {
        if (event.type == Type::kOpened) return opened_.Push(true);
        if (event.type != Type::kBookmark) events_.Push(std::move(event));
      }));
    });
    ASSERT_TRUE(opened_.Pop());
  }
  // The next event, as "type name".
  std::string NextEvent() {
    auto event = events_.Pop();
    if (!event) return "none";
    last_ = event->object;
    const std::string name = Name(event->object).substr(test_.size() + 1);
    return (event->type == Type::kAdded      ? "added "
            : event->type == Type::kModified ? "modified "
                                             : "deleted ") +
           name;
  }

  const std::unique_ptr<ApiHost> host_ = GetParam().make();
  const Resource maps_{.group = "", .version = "v1", .plural = "configmaps", .name_space = "default"};
  const std::string test_ = "t" + NewUuid().substr(0, 8);
  std::stop_source stop_;
  BlockingQueue<bool> opened_;
  BlockingQueue<WatchEvent> events_;
  BlockingQueue<absl::Status> end_;
  Json last_;
  std::thread watch_;
};

TEST_P(ApiContractTest, TheServerSaysItsVersion) {
  const absl::StatusOr<Json> version = api().Version();
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(TextAt(*version, "/major"), "1");
  EXPECT_FALSE(TextAt(*version, "/minor").empty());
}

TEST_P(ApiContractTest, WhatIsMadeCanBeRead) {
  const Json made = Create("a");
  EXPECT_NE(Uid(made), "");
  EXPECT_NE(ResourceVersion(made), "");
  EXPECT_EQ(Namespace(made), "default");
  auto read = api().Get(maps_, NameOf("a"));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(Uid(*read), Uid(made));
  EXPECT_EQ(TextAt(*read, "/data/value"), "1");
}

TEST_P(ApiContractTest, TheServerMakesNames) {
  Json object = Object("a");
  object["metadata"].erase("name");
  object["metadata"]["generateName"] = NameOf("made-");
  auto first = api().Create(maps_, object);
  auto second = api().Create(maps_, object);
  ASSERT_TRUE(first.ok() && second.ok()) << first.status() << second.status();
  EXPECT_THAT(Name(*first), testing::StartsWith(NameOf("made-")));
  EXPECT_NE(Name(*first), Name(*second));
}

TEST_P(ApiContractTest, NamesAreTakenOnce) {
  Create("a");
  EXPECT_TRUE(absl::IsAlreadyExists(api().Create(maps_, Object("a")).status()));
}

TEST_P(ApiContractTest, WhatIsNotThereIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(api().Get(maps_, NameOf("a")).status()));
  EXPECT_TRUE(absl::IsNotFound(api().Delete(maps_, NameOf("a"), {})));
  EXPECT_TRUE(absl::IsNotFound(api().Patch(maps_, NameOf("a"), {{"data", {{"value", "2"}}}}).status()));
  Json object = Object("a");
  object["metadata"]["resourceVersion"] = "1";
  EXPECT_FALSE(api().Update(maps_, object).ok());
}

TEST_P(ApiContractTest, OnlyTheVersionThatIsNamedIsReplaced) {
  const Json made = Create("a");
  Json update = made;
  update["data"]["value"] = "2";
  auto updated = api().Update(maps_, update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_NE(ResourceVersion(*updated), ResourceVersion(made));
  update["data"]["value"] = "3";
  EXPECT_TRUE(absl::IsAborted(api().Update(maps_, update).status()));
  EXPECT_EQ(TextAt(*api().Get(maps_, NameOf("a")), "/data/value"), "2");
}

TEST_P(ApiContractTest, AnUpdateThatChangesNothingIsNoChange) {
  const Json made = Create("a");
  auto updated = api().Update(maps_, made);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(ResourceVersion(*updated), ResourceVersion(made));
}

TEST_P(ApiContractTest, PatchesReplaceAndRemove) {
  const Json made = Create("a");
  auto patched = api().Patch(maps_, NameOf("a"), {{"data", {{"value", nullptr}, {"other", "x"}}}});
  ASSERT_TRUE(patched.ok()) << patched.status();
  EXPECT_EQ((*patched)["data"], Json({{"other", "x"}}));
  const Json stale = {{"metadata", {{"resourceVersion", ResourceVersion(made)}}}, {"data", {{"other", "y"}}}};
  EXPECT_TRUE(absl::IsAborted(api().Patch(maps_, NameOf("a"), stale).status()));
}

TEST_P(ApiContractTest, OnlyWhatIsExpectedIsDeleted) {
  const Json made = Create("a");
  EXPECT_TRUE(absl::IsAborted(api().Delete(
      maps_, NameOf("a"), {.uid = "00000000-0000-0000-0000-000000000000", .resource_version = ""})));
  ASSERT_TRUE(api().Patch(maps_, NameOf("a"), {{"data", {{"value", "2"}}}}).ok());
  EXPECT_TRUE(absl::IsAborted(
      api().Delete(maps_, NameOf("a"), {.uid = Uid(made), .resource_version = ResourceVersion(made)})));
  const absl::Status deleted = api().Delete(maps_, NameOf("a"), {.uid = Uid(made), .resource_version = ""});
  EXPECT_TRUE(deleted.ok()) << deleted;
  EXPECT_TRUE(absl::IsNotFound(api().Get(maps_, NameOf("a")).status()));
}

TEST_P(ApiContractTest, ListsAreWholeAndSelected) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Create(name);
  auto list = api().List(Mine(), {});
  ASSERT_TRUE(list.ok()) << list.status();
  std::vector<std::string> names;
  for (const Json& object : list->items) names.push_back(Name(object));
  EXPECT_THAT(names, UnorderedElementsAre(NameOf("a"), NameOf("b"), NameOf("c"), NameOf("d"), NameOf("e")));
  EXPECT_NE(list->resource_version, "");

  Query one = Mine();
  one.field_selector = "metadata.name=" + NameOf("b");
  EXPECT_EQ(api().List(one, {})->items.size(), 1u);
  Query everywhere = Mine();
  everywhere.resource.name_space.clear();
  EXPECT_EQ(api().List(everywhere, {})->items.size(), 5u);
  Query elsewhere = Mine();
  elsewhere.resource.name_space = "kube-system";
  EXPECT_EQ(api().List(elsewhere, {})->items.size(), 0u);
}

TEST_P(ApiContractTest, AWatchTellsWhatHappensAfterAList) {
  Create("before");
  const std::string version = Version();
  Create("between");
  Watch(Mine(), version);
  EXPECT_EQ(NextEvent(), "added between");
  Json made = Create("a");
  EXPECT_EQ(NextEvent(), "added a");
  ASSERT_TRUE(api().Patch(maps_, NameOf("a"), {{"data", {{"value", "2"}}}}).ok());
  EXPECT_EQ(NextEvent(), "modified a");
  const std::string modified = ResourceVersion(last_);
  ASSERT_TRUE(api().Delete(maps_, NameOf("a"), {}).ok());
  EXPECT_EQ(NextEvent(), "deleted a");
  EXPECT_EQ(TextAt(last_, "/data/value"), "2");
  EXPECT_GT(std::stoull(ResourceVersion(last_)), std::stoull(modified));
}

TEST_P(ApiContractTest, WhatASelectorNoLongerFitsIsDeletedForIt) {
  Watch(Mine(), Version());
  Create("a");
  EXPECT_EQ(NextEvent(), "added a");
  ASSERT_TRUE(api().Patch(maps_, NameOf("a"), {{"metadata", {{"labels", {{"test", "other"}}}}}}).ok());
  EXPECT_EQ(NextEvent(), "deleted a");
  ASSERT_TRUE(api().Patch(maps_, NameOf("a"), {{"metadata", {{"labels", {{"test", test_}}}}}}).ok());
  EXPECT_EQ(NextEvent(), "added a");
}

TEST_P(ApiContractTest, AWatchEndsWhenItIsStopped) {
  Watch(Mine(), Version());
  stop_.request_stop();
  auto end = end_.Pop();
  ASSERT_TRUE(end);
  EXPECT_TRUE(absl::IsCancelled(*end)) << *end;
}

TEST_P(ApiContractTest, AWatchMayBeStoppedFromItsEvents) {
  const std::string version = Version();
  Create("a");
  Create("b");
  std::stop_source stop;
  int events = 0;
  const absl::Status end = api().Watch(Mine(), version, stop.get_token(), [&](const WatchEvent& event) {
    if (event.type != Type::kAdded) return;
    ++events;
    stop.request_stop();
  });
  EXPECT_TRUE(absl::IsCancelled(end)) << end;
  EXPECT_EQ(events, 1);
}

INSTANTIATE_TEST_SUITE_P(, ApiContractTest, testing::ValuesIn(HostKinds()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace nsm::kubernetes
