// SPDX-License-Identifier: Apache-2.0
// Server and client of the registries, against each other over a socket.
#include "src/nsm/registry/registry_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/find_all.h"
#include "src/nsm/registry/grpc_registry.h"
#include "src/nsm/registry/memory_store.h"
#include "src/nsm/registry/registry_update_path.h"
#include "src/nsm/wire/limits.h"
#include "src/nsm/wire/token_claims.h"
#include "tests/harness/fake_clock.h"
#include "tests/harness/fake_registry.h"
#include "tests/harness/registry_host.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RegistryServerTest : public testing::Test {
 protected:
  RegistryServerTest() {
    client_chain_.Add<RegistryUpdatePath<EndpointKind>>(client_tokens_);
    client_chain_.Add<GrpcRegistry<EndpointKind>>(channels_, host_.url());
  }
  Context WithDeadline() {
    Context context;
    context.deadline = absl::Now() + absl::Seconds(10);
    return context;
  }

  SystemClock clock_;
  InsecureIdentity server_tokens_{"server", absl::Minutes(10), clock_};
  InsecureIdentity client_tokens_{"client", absl::Minutes(10), clock_};
  InsecureIdentity nse_tokens_{"nse", absl::Minutes(10), clock_};
  ChannelPool channels_{client_tokens_, absl::Seconds(5)};
  RegistryChain<EndpointKind> server_chain_;
  RegistryHost host_{server_chain_};
  RegistryChain<EndpointKind> client_chain_;
};

TEST_F(RegistryServerTest, TheCallerAndThePathArrive) {
  server_chain_.Add<RegistryUpdatePath<EndpointKind>>(server_tokens_);
  auto& end = server_chain_.Add<FakeRegistry<EndpointKind>>();
  host_.Start();
  Context context = WithDeadline();
  context.caller.token = nse_tokens_.Make().text;
  auto registered = client_chain_.Begin().Register(context, Endpoint("e"));
  ASSERT_TRUE(registered.ok()) << registered.status();
  EXPECT_THAT(registered->path_ids(), ElementsAre("insecure:nse", "insecure:client", "insecure:server"));
  const Context& seen = end.contexts.at(0);
  EXPECT_EQ(seen.caller.is_local, host_.url().is_unix());
  EXPECT_EQ(TokenSubject(seen.caller.token), "insecure:client");
  EXPECT_GT(seen.caller.token_expires, absl::Now());
  EXPECT_LT(seen.deadline, context.deadline) << "a part of the time stays with the caller";
  EXPECT_EQ(seen.registry_path.index, 2u);
  EXPECT_EQ(context.registry_path.index, 0u);
  ASSERT_EQ(context.registry_path.tokens.size(), 3u) << "what the server added came back";
  EXPECT_EQ(TokenSubject(context.registry_path.tokens[2]), "insecure:server");
}

TEST_F(RegistryServerTest, ErrorsNameTheWay) {
  auto& end = server_chain_.Add<FakeRegistry<EndpointKind>>();
  end.answer = absl::AlreadyExistsError("name is taken");
  host_.Start();
  Context context = WithDeadline();
  absl::Status status = client_chain_.Begin().Register(context, Endpoint("e")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(status.ToString(), HasSubstr("asking " + host_.url().ToString() + ": host: name is taken"));
  EXPECT_THAT(FindAll(client_chain_.Begin(), WithDeadline(), Endpoint("e")).status().ToString(),
              HasSubstr("host: name is taken"));
}

TEST_F(RegistryServerTest, NobodyThereIsUnavailable) {
  // Not started.
  Context context = WithDeadline();
  absl::Status status = FindAll(client_chain_.Begin(), context, Endpoint("e")).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr(host_.url().ToString()));
}

TEST_F(RegistryServerTest, ABadPathIsRefused) {
  server_chain_.Add<FakeRegistry<EndpointKind>>();
  host_.Start();
  grpc::ClientContext call;
  channels_.Prepare(call, absl::Now() + absl::Seconds(10));
  call.AddMetadata(kPathHeader, "{");
  NetworkServiceEndpoint answer;
  auto stub = ::registry::NetworkServiceEndpointRegistry::NewStub(channels_.Get(host_.url()));
  EXPECT_EQ(stub->Register(&call, Endpoint("e"), &answer).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RegistryServerTest, WhatIsBeyondTheLimitsIsRefusedBeforeTheChain) {
  auto& end = server_chain_.Add<FakeRegistry<EndpointKind>>();
  host_.Start();
  const NetworkServiceEndpoint bad = Endpoint(std::string(limits::kName + 1, 'x'));
  const std::string why = "network_service_endpoint.name has 254 bytes: at most 253";
  Context registering = WithDeadline(), unregistering = WithDeadline();
  for (const absl::Status& status : {client_chain_.Begin().Register(registering, bad).status(),
                                     client_chain_.Begin().Unregister(unregistering, bad),
                                     FindAll(client_chain_.Begin(), WithDeadline(), bad).status()}) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(status.ToString(), HasSubstr("host: " + why));
  }
  EXPECT_TRUE(end.contexts.empty());
}

TEST_F(RegistryServerTest, AnAnswerBeyondTheLimitsIsRefused) {
  struct Distort final : RegistryElement<EndpointKind> {
    absl::StatusOr<Entry> Register(Context&, Entry entry, RegistryNext<EndpointKind>) override {
      entry.set_url(std::string(limits::kUrl + 1, 'x'));
      return entry;
    }
  };
  server_chain_.Add<Distort>();
  host_.Start();
  Context context = WithDeadline();
  absl::Status status = client_chain_.Begin().Register(context, Endpoint("e")).status();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_THAT(status.ToString(), HasSubstr("network_service_endpoint.url has 1025 bytes: at most 1024"));
}

TEST_F(RegistryServerTest, BadAnswersToASearchAreLeftOut) {
  auto& end = server_chain_.Add<FakeRegistry<EndpointKind>>();
  end.entries = {Endpoint(""), Endpoint("good"), Endpoint("bad\x1b[0m"), Endpoint("a@b@c"),
                 Endpoint("far", {}, std::string(limits::kUrl + 1, 'x'))};
  host_.Start();
  auto found = FindAll(client_chain_.Begin(), WithDeadline(), NetworkServiceEndpoint());
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->at(0).name(), "good");
}

TEST_F(RegistryServerTest, ASearchTakesOnlySoMuch) {
  auto& end = server_chain_.Add<FakeRegistry<EndpointKind>>();
  NetworkServiceEndpoint large = Endpoint("large");
  auto& labels = *(*large.mutable_network_service_labels())["ns"].mutable_labels();
  for (int i = 0; i < 60; ++i) labels[std::to_string(i)] = std::string(4000, 'x');
  end.entries.assign(limits::kFindBytes / large.ByteSizeLong() + 1, large);
  host_.Start();
  auto found = FindAll(client_chain_.Begin(), WithDeadline(), NetworkServiceEndpoint());
  EXPECT_TRUE(absl::IsResourceExhausted(found.status())) << found.status();
  EXPECT_THAT(found.status().ToString(), HasSubstr(host_.url().ToString()));
  end.entries.pop_back();
  found = FindAll(client_chain_.Begin(), WithDeadline(), NetworkServiceEndpoint());
  EXPECT_TRUE(found.ok()) << found.status();
}

class FindStreamTest : public RegistryServerTest {
 protected:
  FindStreamTest() {
    server_chain_.Add<StoreRegistry<EndpointKind>>(store_);
    host_.Start();
  }
  std::shared_ptr<FindCall> Find(bool watch) {
    return client_chain_.Begin().Find(WithDeadline(), Query(NetworkServiceEndpoint(), watch), sink_);
  }

  MemoryStore<EndpointKind> store_;
  std::shared_ptr<RecordingSink<EndpointKind>> sink_ = std::make_shared<RecordingSink<EndpointKind>>();
};

TEST_F(FindStreamTest, AListOfManyEnds) {
  for (int i = 0; i < 1000; ++i) store_.Put(Endpoint(std::to_string(i))).value();
  Find(false);
  EXPECT_EQ(sink_->WaitUntilDone(), absl::OkStatus());
  EXPECT_EQ(sink_->names().size(), 1000u);
}

TEST_F(FindStreamTest, AWatchGoesOnUntilItIsCancelled) {
  store_.Put(Endpoint("a")).value();
  auto call = Find(true);
  sink_->WaitForNames(1);
  ASSERT_TRUE(store_.Remove("a").ok());
  sink_->WaitForNames(2);
  EXPECT_THAT(sink_->names(), ElementsAre("a", "-a"));
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(sink_->WaitUntilDone()));
  // The server's side of it ends as well.
  host_.Stop();
  EXPECT_EQ(store_.watches(), 0u);
}

TEST_F(FindStreamTest, ShutdownEndsWatchesWithUnavailable) {
  store_.Put(Endpoint("a")).value();
  Find(true);
  sink_->WaitForNames(1);
  host_.Shutdown();
  absl::Status status = sink_->WaitUntilDone();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  auto late = std::make_shared<RecordingSink<EndpointKind>>();
  client_chain_.Begin().Find(WithDeadline(), Query(NetworkServiceEndpoint(), true), late);
  EXPECT_TRUE(absl::IsUnavailable(late->WaitUntilDone()));
  host_.Stop();
  EXPECT_EQ(store_.watches(), 0u);
}

}  // namespace
}  // namespace nsm
