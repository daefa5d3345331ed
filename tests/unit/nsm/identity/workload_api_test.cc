// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/identity/workload_api.h"

#include "gmock/gmock.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "src/nsm/identity/certificates.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_trust_domain.h"
#include "workload.grpc.pb.h"

namespace nsm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string KeyDer(const Svid& svid) {
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(svid.key.get(), &der);
  std::string text(reinterpret_cast<char*>(der), static_cast<size_t>(size));
  OPENSSL_free(der);
  return text;
}

::X509SVIDResponse MessageFor(const TestTrustDomain& domain, const std::string& path) {
  const std::shared_ptr<const Svid> svid = domain.SvidOf(path);
  ::X509SVIDResponse message;
  ::X509SVID& first = *message.add_svids();
  first.set_spiffe_id(svid->id.ToString());
  first.set_x509_svid(svid->chain_der);
  first.set_x509_svid_key(KeyDer(*svid));
  first.set_bundle(ToDer(CertificatesOfPem(domain.ca().Pem()).value()));
  return message;
}

// Tells each stream what is to be told, and ends it when told so.
class Agent final : public ::SpiffeWorkloadAPI::Service {
 public:
  grpc::Status FetchX509SVID(grpc::ServerContext* call, const ::X509SVIDRequest*,
                             grpc::ServerWriter<::X509SVIDResponse>* writer) override {
    const auto header = call->client_metadata().find("workload.spiffe.io");
    if (header == call->client_metadata().end() || header->second != "true") {
      return {grpc::StatusCode::INVALID_ARGUMENT, "security header missing from request"};
    }
    ++streams;
    while (!call->IsCancelled()) {
      const std::optional<std::optional<::X509SVIDResponse>> next = messages.Pop();
      if (!next || !*next) return {grpc::StatusCode::PERMISSION_DENIED, "no identity issued"};
      writer->Write(**next);
    }
    return grpc::Status::CANCELLED;
  }
  BlockingQueue<std::optional<::X509SVIDResponse>> messages;  // none: the end of a stream
  std::atomic<int> streams = 0;
};

class WorkloadApiTest : public testing::Test {
 protected:
  ~WorkloadApiTest() override {
    for (int i = 0; i < 3; ++i) agent_.messages.Push(std::nullopt);
  }
  void Serve() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(url_.ToGrpcTarget(), grpc::InsecureServerCredentials());
    builder.RegisterService(&agent_);
    server_ = builder.BuildAndStart();
  }
  std::unique_ptr<WorkloadApi> Follow() {
    return std::make_unique<WorkloadApi>(url_, [this](const SpiffeIdentity::State& state) {
      told_.Push(state.svid->id.path);
      return absl::OkStatus();
    });
  }

  const TempFolder folder_;
  const Url url_ = folder_.Socket("agent.sock");
  const TestTrustDomain west_{"west.test"};
  const TestTrustDomain east_{"east.test"};
  BlockingQueue<std::string> told_;
  Agent agent_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(WorkloadApiTest, AMessageIsAState) {
  ::X509SVIDResponse message = MessageFor(west_, "nsmgr");
  *message.add_svids() = MessageFor(east_, "second").svids(0);
  (*message.mutable_federated_bundles())["spiffe://east.test"] =
      ToDer(CertificatesOfPem(east_.ca().Pem()).value());
  const absl::StatusOr<SpiffeIdentity::State> state = StateOf(message);
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->svid->id.ToString(), "spiffe://west.test/nsmgr");
  EXPECT_THAT(state->bundles->trust_domains(), ElementsAre("east.test", "west.test"));
  EXPECT_TRUE(state->bundles->Verify(CertificatesOfPem(state->svid->chain_pem).value()).ok());
}

TEST_F(WorkloadApiTest, WhatIsNoStateIsRefused) {
  EXPECT_THAT(std::string(StateOf({}).status().message()), HasSubstr("no certificate for this workload"));
  ::X509SVIDResponse message = MessageFor(west_, "nsmgr");
  message.mutable_svids(0)->set_bundle("");
  EXPECT_THAT(std::string(StateOf(message).status().message()), HasSubstr("the bundle of west.test"));
  message = MessageFor(west_, "nsmgr");
  message.mutable_svids(0)->set_x509_svid_key("no key");
  EXPECT_THAT(std::string(StateOf(message).status().message()), HasSubstr("the key"));
  message = MessageFor(west_, "nsmgr");
  message.mutable_svids(0)->mutable_x509_svid()->pop_back();
  EXPECT_FALSE(StateOf(message).ok());
  message = MessageFor(west_, "nsmgr");
  (*message.mutable_federated_bundles())["spiffe://East.test"] = "";
  EXPECT_THAT(std::string(StateOf(message).status().message()), HasSubstr("lower case"));
}

TEST_F(WorkloadApiTest, TellsOfEachMessage) {
  Serve();
  const auto api = Follow();
  agent_.messages.Push(MessageFor(west_, "first"));
  EXPECT_EQ(told_.Pop(), "/first");
  agent_.messages.Push(::X509SVIDResponse());  // of no use
  agent_.messages.Push(MessageFor(west_, "second"));
  EXPECT_EQ(told_.Pop(), "/second");
  EXPECT_EQ(agent_.streams, 1);
}

TEST_F(WorkloadApiTest, AsksAgainWhenAStreamEnds) {
  Serve();
  const auto api = Follow();
  agent_.messages.Push(std::nullopt);  // the workload is not known yet
  agent_.messages.Push(MessageFor(west_, "first"));
  EXPECT_EQ(told_.Pop(), "/first");
  EXPECT_EQ(agent_.streams, 2);
}

TEST_F(WorkloadApiTest, WaitsForAnAgentThatComesLater) {
  const auto api = Follow();
  Serve();
  agent_.messages.Push(MessageFor(west_, "first"));
  EXPECT_EQ(told_.Pop(), "/first");
}

TEST_F(WorkloadApiTest, EndsWhileNoAgentIsThere) { Follow().reset(); }

}  // namespace
}  // namespace nsm
