// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/pod.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/client/service_url.h"
#include "src/webhook/annotation.h"
#include "src/webhook/client_containers.h"
#include "tests/unit/webhook/objects.h"

namespace nsm::webhook {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<client::ServiceUrl> kServicesWanted = {{"icmp@east", "nsm0", {{"app", "a,b"}}},
                                                         {"web", "eth7", {}}};

Json Injected(const Json& pod, const ClientOptions& options = Options()) {
  const absl::StatusOr<Change> change = InjectClient(pod, kServicesWanted, options);
  EXPECT_TRUE(change.ok()) << change.status();
  return Patched(pod, change->patch);
}

std::vector<std::string> Names(const Json& list) {
  std::vector<std::string> names;
  for (const Json& element : list) names.push_back(TextOf(element, "name"));
  return names;
}

std::string Variable(const Json& container, const std::string& name) {
  for (const Json& variable : container["env"]) {
    if (variable["name"] == name) return variable.value("value", variable.dump());
  }
  return "";
}

TEST(InjectClient, AddsOneSidecarThatIsStartedFirst) {
  const Json pod = Injected(Pod(Json::object()));
  EXPECT_THAT(Names(pod["spec"]["containers"]), ElementsAre("app"));
  ASSERT_THAT(Names(pod["spec"]["initContainers"]), ElementsAre("nsm-client"));
  const Json& client = pod["spec"]["initContainers"][0];
  EXPECT_EQ(client["restartPolicy"], "Always");
  EXPECT_EQ(client["command"], Json::array({"nsc"}));
  EXPECT_EQ(client["image"], "registry.example/nsm:1");
  EXPECT_EQ(Variable(client, "NSM_NETWORK_SERVICES"), "kernel://icmp@east/nsm0?app=a%2cb,kernel://web/eth7");
  EXPECT_EQ(Variable(client, "NSM_NAME"), "$(POD_NAME)");
  EXPECT_THAT(Variable(client, "POD_NAME"), HasSubstr("metadata.name"));
  EXPECT_THAT(Variable(client, "NODE_NAME"), HasSubstr("spec.nodeName"));
  EXPECT_EQ(Variable(client, "NSM_CONNECT_TO"), "unix:///var/lib/networkservicemesh/nsm.io.sock");
  EXPECT_EQ(Variable(client, "NSM_INSECURE"), "");
  // What it listens at is what its probe asks.
  const Json& probe = client["startupProbe"]["exec"]["command"];
  EXPECT_EQ(probe[0], "nsmctl");
  EXPECT_EQ(probe[2], Variable(client, "NSM_LISTEN_ON"));
  EXPECT_THAT(Names(pod["spec"]["volumes"]), ElementsAre("nsm-client-socket", "nsm-client-run"));
  EXPECT_EQ(pod["spec"]["volumes"][0]["hostPath"]["path"], "/var/lib/networkservicemesh");
  EXPECT_EQ(pod["metadata"]["annotations"][kInjected], "injected");
}

TEST(InjectClient, MeetsTheRestrictedLevel) {
  const Json client = Injected(Pod(Json::object()))["spec"]["initContainers"][0];
  const Json& context = client["securityContext"];
  EXPECT_EQ(context["runAsNonRoot"], true);
  EXPECT_NE(context["runAsUser"], 0);
  EXPECT_EQ(context["allowPrivilegeEscalation"], false);
  EXPECT_EQ(context["capabilities"], (Json{{"drop", Json::array({"ALL"})}}));
  EXPECT_EQ(context["seccompProfile"]["type"], "RuntimeDefault");
}

TEST(InjectClient, KeepsWhatTheUserWrote) {
  Json pod = Pod({{"mine", "yes"}});
  pod["spec"]["initContainers"] = {{{"name", "b"}}, {{"name", "a"}}};
  pod["spec"]["containers"] = {{{"name", "z"}}, {{"name", "y"}}};
  pod["spec"]["volumes"] = {{{"name", "v"}}, {{"name", "u"}, {"emptyDir", Json::object()}}};
  Json after = Injected(pod);
  EXPECT_THAT(Names(after["spec"]["initContainers"]), ElementsAre("nsm-client", "b", "a"));
  EXPECT_THAT(Names(after["spec"]["volumes"]), ElementsAre("v", "u", "nsm-client-socket", "nsm-client-run"));
  // Without ours it is what it was.
  after["spec"]["initContainers"].erase(0);
  after["spec"]["volumes"].erase(3);
  after["spec"]["volumes"].erase(2);
  after["metadata"]["annotations"].erase(kInjected);
  EXPECT_EQ(after, pod);
}

TEST(InjectClient, ASecondPassChangesNothing) {
  for (const bool native : {true, false}) {
    ClientOptions options = Options();
    options.native_sidecars = native;
    Json pod = Injected(Pod({{"mine", "yes"}}), options);
    EXPECT_THAT(InjectClient(pod, kServicesWanted, options)->patch, IsEmpty());
    // As the API server completes it, and another webhook adds to it.
    Json& client = pod["spec"]["initContainers"][0];
    client["terminationMessagePath"] = "/dev/termination-log";
    client["volumeMounts"].push_back({{"name", "kube-api-access"}, {"mountPath", "/var/run/secrets"}});
    client["env"].insert(client["env"].begin(), Json{{"name", "OTHER"}, {"value", "1"}});
    pod["spec"]["containers"].insert(pod["spec"]["containers"].begin(), Json{{"name", "proxy"}});
    EXPECT_THAT(InjectClient(pod, kServicesWanted, options)->patch, IsEmpty());
  }
}

TEST(InjectClient, ComesBackToTheFrontAndIsReplacedWhenItIsAnOldOne) {
  Json pod = Injected(Pod(Json::object()));
  Json& list = pod["spec"]["initContainers"];
  list.insert(list.begin(), Json{{"name", "istio-init"}});
  Json after = Injected(pod);
  EXPECT_THAT(Names(after["spec"]["initContainers"]), ElementsAre("nsm-client", "istio-init"));
  ClientOptions options = Options();
  options.image = "registry.example/nsm:2";
  options.csi_driver = "csi.example";
  after = Injected(after, options);
  EXPECT_THAT(Names(after["spec"]["initContainers"]), ElementsAre("nsm-client", "istio-init"));
  EXPECT_EQ(after["spec"]["initContainers"][0]["image"], "registry.example/nsm:2");
  EXPECT_THAT(Names(after["spec"]["volumes"]), ElementsAre("nsm-client-socket", "nsm-client-run"));
  EXPECT_EQ(after["spec"]["volumes"][0]["csi"]["driver"], "csi.example");
}

TEST(InjectClient, WithoutNativeSidecarsAnInitContainerConnectsAndAnotherKeeps) {
  ClientOptions options = Options();
  options.native_sidecars = false;
  const Json pod = Injected(Pod(Json::object()), options);
  ASSERT_THAT(Names(pod["spec"]["initContainers"]), ElementsAre("nsm-client-init"));
  ASSERT_THAT(Names(pod["spec"]["containers"]), ElementsAre("app", "nsm-client"));
  const Json &first = pod["spec"]["initContainers"][0], &last = pod["spec"]["containers"][1];
  EXPECT_EQ(Variable(first, "NSM_ONCE"), "true");
  EXPECT_EQ(Variable(last, "NSM_ONCE"), "");
  EXPECT_FALSE(first.contains("restartPolicy"));
  for (const char* name : {"NSM_NAME", "NSM_NETWORK_SERVICES", "NSM_CONNECT_TO"}) {
    EXPECT_EQ(Variable(first, name), Variable(last, name)) << "a client of the same name takes them up";
  }
  // A pod that was copied from one with native sidecars.
  const Json other = Injected(Injected(Pod(Json::object())), options);
  EXPECT_THAT(Names(other["spec"]["initContainers"]), ElementsAre("nsm-client-init"));
  EXPECT_THAT(Names(other["spec"]["containers"]), ElementsAre("app", "nsm-client"));
}

TEST(InjectClient, OptionsReachTheContainer) {
  ClientOptions options = Options();
  options.insecure = true;
  options.environment = {{"CLUSTER_NAME", "west"}, {"NSM_CONNECT_TO", "tcp://127.0.0.1:5001"}};
  options.resources = {{"limits", {{"memory", "64Mi"}}}};
  options.user = 1000;
  const Json client = Injected(Pod(Json::object()), options)["spec"]["initContainers"][0];
  EXPECT_EQ(Variable(client, "NSM_INSECURE"), "true");
  EXPECT_EQ(Variable(client, "CLUSTER_NAME"), "west");
  EXPECT_EQ(Variable(client, "NSM_CONNECT_TO"), "tcp://127.0.0.1:5001");
  EXPECT_EQ(client["resources"], options.resources);
  EXPECT_EQ(client["securityContext"]["runAsUser"], 1000);
}

TEST(InjectClient, TheServicesAreNoVariablesOfKubelet) {
  const absl::StatusOr<Change> change =
      InjectClient(Pod(Json::object()), {{"$(POD_NAME)", "nsm0", {}}}, Options());
  const Json pod = Patched(Pod(Json::object()), change->patch);
  EXPECT_EQ(Variable(pod["spec"]["initContainers"][0], "NSM_NETWORK_SERVICES"), "kernel://$$(POD_NAME)/nsm0");
}

TEST(InjectClient, RefusesWhatItCannotHelp) {
  auto refused = [](const Json& change) {
    Json pod = Pod(Json::object());
    pod.merge_patch(change);
    return std::string(InjectClient(pod, kServicesWanted, Options()).status().message());
  };
  EXPECT_THAT(refused({{"spec", {{"hostNetwork", true}}}}), HasSubstr("spec.hostNetwork"));
  EXPECT_THAT(refused({{"spec", {{"containers", Json::array({{{"name", "nsm-client"}}})}}}}),
              HasSubstr("spec.containers has \"nsm-client\", a name"));
  EXPECT_THAT(refused({{"spec", {{"initContainers", Json::array({{{"name", "nsm-client-init"}}})}}}}),
              HasSubstr("spec.initContainers has \"nsm-client-init\""));
  EXPECT_THAT(refused({{"spec", {{"volumes", Json::array({{{"name", "nsm-client-run"}}})}}}}),
              HasSubstr("spec.volumes has \"nsm-client-run\""));
  EXPECT_THAT(refused({{"spec", nullptr}}), HasSubstr("spec is missing"));
  EXPECT_THAT(refused({{"spec", 1}}), HasSubstr("spec is not an object"));
  EXPECT_THAT(refused({{"spec", {{"containers", "x"}}}}), HasSubstr("spec.containers is not a list"));
  EXPECT_THAT(refused({{"spec", {{"hostNetwork", "yes"}}}}),
              HasSubstr("spec.hostNetwork is not true or false"));
  EXPECT_THAT(refused({{"metadata", {{"annotations", {{"a", 1}}}}}}),
              HasSubstr("annotations.a is not a text"));
}

TEST(InjectClient, WarnsOfWhatIsOdd) {
  Json pod = Pod(Json::object());
  EXPECT_THAT(InjectClient(pod, {{"icmp", "eth0", {}}}, Options())->warnings,
              ElementsAre(HasSubstr("at eth0")));
  EXPECT_THAT(InjectClient(pod, kServicesWanted, Options())->warnings, IsEmpty());
  pod["spec"]["restartPolicy"] = "Never";
  EXPECT_THAT(InjectClient(pod, kServicesWanted, Options())->warnings, IsEmpty());
  ClientOptions options = Options();
  options.native_sidecars = false;
  EXPECT_THAT(InjectClient(pod, kServicesWanted, options)->warnings, ElementsAre(HasSubstr("not complete")));
}

}  // namespace
}  // namespace nsm::webhook
