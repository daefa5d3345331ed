// SPDX-License-Identifier: Apache-2.0
// The contract over the store whose entries are objects of a real API server, of which NSM_TEST_KUBECONFIG
// says where it is. It must have our CustomResourceDefinitions; all objects of theirs are deleted.
#include <gtest/gtest.h>

#include <cstdlib>

#include "src/kubernetes/access.h"
#include "src/kubernetes/http_api.h"
#include "src/registry/object_spec.h"
#include "tests/harness/kubernetes_store_bench.h"
#include "tests/harness/store_contract.h"

namespace nsm::registry {
namespace {

const char kNamespace[] = "nsm-store-test";

class ApiServerBench final : public StoreBench {
 public:
  explicit ApiServerBench(const kubernetes::Access& access)
      : api_(kubernetes::NewHttpApi(access)), bench_(Cleaned(*api_), kNamespace) {
    bench_.AwaitFollowing();
  }
  Store<ServiceKind>& services(int replica) override { return bench_.services(replica); }
  Store<EndpointKind>& endpoints(int replica) override { return bench_.endpoints(replica); }
  FakeClock& clock() override { return bench_.clock(); }
  void RunDue() override { bench_.RunDue(); }

 private:
  static kubernetes::Api& Cleaned(kubernetes::Api& api) {
    absl::Status made =
        api.Create({"", "v1", "namespaces", ""},
                   {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", kNamespace}}}})
            .status();
    EXPECT_TRUE(made.ok() || absl::IsAlreadyExists(made)) << made;
    for (const char* plural : {ObjectKind<ServiceKind>::kPlural, ObjectKind<EndpointKind>::kPlural}) {
      kubernetes::Query all;
      all.resource = {kObjectGroup, kObjectVersion, plural, ""};
      auto list = api.List(all, {});
      EXPECT_TRUE(list.ok()) << list.status();
      for (const kubernetes::Json& object : list.ok() ? list->items : std::vector<kubernetes::Json>()) {
        absl::Status deleted =
            api.Delete({kObjectGroup, kObjectVersion, plural, kubernetes::Namespace(object)},
                       kubernetes::Name(object), {});
        EXPECT_TRUE(deleted.ok()) << deleted;
      }
    }
    return api;
  }

  const std::unique_ptr<kubernetes::Api> api_;
  KubernetesStoreBench bench_;
};

std::unique_ptr<StoreBench> MakeBench() {
  const char* kubeconfig = std::getenv("NSM_TEST_KUBECONFIG");
  if (kubeconfig == nullptr) return nullptr;
  return std::make_unique<ApiServerBench>(kubernetes::FindAccess(kubeconfig).value());
}

INSTANTIATE_TEST_SUITE_P(ApiServer, StoreContract, testing::Values(&MakeBench));

}  // namespace
}  // namespace nsm::registry
