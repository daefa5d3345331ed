// SPDX-License-Identifier: Apache-2.0
#include "src/registry/old_news.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/nsm/registry/memory_store.h"
#include "tests/harness/fake_registry.h"

namespace nsm::registry {
namespace {

class OldNewsTest : public testing::Test {
 protected:
  OldNewsTest() {
    chain_.Add<OldNews>(store_);
    chain_.Add<StoreRegistry<ServiceKind>>(store_);
  }
  NetworkService Register(const std::string& payload, const std::string& registrant) {
    NetworkService service = Service("ns", payload);
    service.add_path_ids(registrant);
    return chain_.Begin().Register(context_, service).value();
  }
  Revision revision() { return store_.Get("ns").value()->revision; }

  MemoryStore<ServiceKind> store_;
  RegistryChain<ServiceKind> chain_;
  Context context_;
};

TEST_F(OldNewsTest, AnotherEndpointOfTheServiceChangesNothing) {
  Register("IP", "alice");
  const Revision first = revision();
  EXPECT_EQ(Register("IP", "bob").path_ids(0), "bob") << "it is answered all the same";
  EXPECT_EQ(revision(), first);
}

TEST_F(OldNewsTest, AnotherServiceOfItsNameReplacesIt) {
  Register("IP", "alice");
  Register("ETHERNET", "bob");
  EXPECT_EQ(store_.List().at(0).payload(), "ETHERNET");
  EXPECT_EQ(store_.List().at(0).path_ids(0), "bob");
}

}  // namespace
}  // namespace nsm::registry
