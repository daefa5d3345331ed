// SPDX-License-Identifier: Apache-2.0
#include "src/cmd/registry_commands.h"

#include <gtest/gtest.h>

#include <fstream>

#include "src/nsm/identity/insecure_identity.h"
#include "src/nsm/registry/keep_service.h"
#include "src/nsm/registry/memory_store.h"
#include "tests/harness/registry_host.h"
#include "tests/harness/temp_folder.h"

namespace nsm::cmd {
namespace {

class RegistryCommandsTest : public testing::Test {
 protected:
  RegistryCommandsTest() {
    service_chain_.Add<KeepService>(services_);
    endpoint_chain_.Add<StoreRegistry<EndpointKind>>(endpoints_);
    NetworkService service;
    NetworkServiceEndpoint endpoint;
    for (const char* name : {"one", "two"}) {
      service.set_name(name);
      endpoint.set_name(name);
      EXPECT_TRUE(services_.Put(service).ok());
      EXPECT_TRUE(endpoints_.Put(endpoint).ok());
    }
    host_.Start();
  }
  template <typename Entries>
  static std::string Names(const Entries& entries) {
    std::string names;
    for (const auto& entry : entries) names += entry.name() + " ";
    return names;
  }

  const SystemClock clock_;
  InsecureIdentity own_{"nsmctl", absl::Minutes(1), clock_};
  MemoryStore<ServiceKind> services_;
  MemoryStore<EndpointKind> endpoints_;
  RegistryChain<ServiceKind> service_chain_;
  RegistryChain<EndpointKind> endpoint_chain_;
  RegistryHost host_{endpoint_chain_, service_chain_};
  const std::string address_ = host_.url().ToString();
};

TEST_F(RegistryCommandsTest, AServiceIsRemoved) {
  EXPECT_EQ(RemoveService(own_, address_, "one"), absl::OkStatus());
  EXPECT_EQ(Names(services_.List()), "two ");
  EXPECT_EQ(Names(endpoints_.List()), "one two ");
}

TEST_F(RegistryCommandsTest, AnEndpointIsUnregistered) {
  EXPECT_EQ(UnregisterEndpoint(own_, address_, "two"), absl::OkStatus());
  EXPECT_EQ(Names(endpoints_.List()), "one ");
  EXPECT_EQ(Names(services_.List()), "one two ");
}

TEST_F(RegistryCommandsTest, MatchesThatAreKeptAreSaidSo) {
  TempFolder folder;
  auto set = [&](const std::string& json) {
    const std::string file = folder.Path("service.json");
    std::ofstream(file) << json;
    return SetService(own_, address_, file);
  };
  EXPECT_EQ(set(R"({"name": "one", "matches": [{"source_selector": {"app": "a"}}]})"), absl::OkStatus());
  const absl::Status status = set(R"({"name": "one"})");
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(services_.List().at(0).matches_size(), 1);
}

TEST_F(RegistryCommandsTest, WhatThereIsNotIsSaidSo) {
  EXPECT_EQ(RemoveService(own_, address_, "other"),
            absl::NotFoundError(address_ + " has no network service \"other\""));
  EXPECT_EQ(UnregisterEndpoint(own_, address_, "other"),
            absl::NotFoundError(address_ + " has no endpoint \"other\""));
  EXPECT_EQ(UnregisterEndpoint(own_, address_, ""), absl::InvalidArgumentError("no endpoint is named"))
      << "an empty name would find any";
  EXPECT_EQ(Names(services_.List()) + Names(endpoints_.List()), "one two one two ");
}

}  // namespace
}  // namespace nsm::cmd
