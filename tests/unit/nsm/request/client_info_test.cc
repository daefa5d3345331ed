// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/request/client_info.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace nsm {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(ClientInfo, AddsWhatIsMissingAndChangesNothing) {
  Chain chain;
  chain.Add<ClientInfo>(Labels{{"nodeName", "node-1"}, {"clusterName", "west"}});
  NetworkServiceRequest request;
  (*request.mutable_connection()->mutable_labels())["nodeName"] = "node-of-the-client";
  Context context;
  auto answer = chain.Request(context, request);
  EXPECT_THAT(answer->labels(),
              UnorderedElementsAre(Pair("nodeName", "node-of-the-client"), Pair("clusterName", "west")));
}

TEST(ClientInfo, WhatAPodSaysOfItselfDoesNotCount) {
  Chain chain;
  chain.Add<ClientInfo>(Labels{{"nodeName", "node-1"}, {"clusterName", "west"}});
  NetworkServiceRequest request;
  auto& said = *request.mutable_connection()->mutable_labels();
  said["nodeName"] = "elsewhere";
  said["podName"] = "another";
  said["app"] = "firewall";
  Context context;
  context.caller.pod = std::make_shared<Pod>(Pod{"client", "ns", "uid", "default"});
  auto answer = chain.Request(context, request);
  EXPECT_THAT(answer->labels(), UnorderedElementsAre(Pair("nodeName", "node-1"), Pair("podName", "client"),
                                                     Pair("clusterName", "west"), Pair("app", "firewall")));
}

TEST(LabelsFromEnvironment, TakesWhatIsSet) {
  ::setenv("NODE_NAME", "node-1", 1);
  ::setenv("POD_NAME", "", 1);
  ::unsetenv("CLUSTER_NAME");
  EXPECT_THAT(LabelsFromEnvironment(), UnorderedElementsAre(Pair("nodeName", "node-1")));
  ::setenv("CLUSTER_NAME", "west", 1);
  EXPECT_THAT(LabelsFromEnvironment(),
              UnorderedElementsAre(Pair("nodeName", "node-1"), Pair("clusterName", "west")));
  ::unsetenv("NODE_NAME");
  ::unsetenv("CLUSTER_NAME");
}

}  // namespace
}  // namespace nsm
