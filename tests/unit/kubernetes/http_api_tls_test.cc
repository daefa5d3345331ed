// SPDX-License-Identifier: Apache-2.0
// Whom the client trusts, and how it proves who it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "src/kubernetes/http_api.h"
#include "tests/harness/blocking_queue.h"
#include "tests/harness/http_test_server.h"
#include "tests/harness/temp_folder.h"
#include "tests/harness/test_certificates.h"

namespace nsm::kubernetes {
namespace {

using testing::HasSubstr;

class HttpApiTlsTest : public testing::Test {
 protected:
  // A server with a certificate for these names, which answers with the name in its client's.
  void Serve(const std::string& names, const std::string& client_ca = "",
             const std::string& address = "127.0.0.1") {
    server_ = std::make_unique<HttpTestServer>(
        [](const TestRequest&, TestExchange& exchange) {
          exchange.Answer(200, Json{{"client", exchange.ClientName()}}.dump());
        },
        HttpTestServer::Tls{.server = ca_.Issue("server", names), .client_ca = client_ca}, address);
    access_.server = {.host = address, .port = server_->port()};
    access_.ca.text = ca_.Pem();
  }
  absl::StatusOr<Json> Get() {
    return NewHttpApi(access_)->Get({.group = "", .version = "v1", .plural = "nodes", .name_space = ""}, "a");
  }
  void ExpectRefused(const std::string& why) {
    const absl::Status status = Get().status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("certificate is refused: " + why));
  }

  const TestCa ca_;
  const TestCa other_ca_;
  std::unique_ptr<HttpTestServer> server_;
  Access access_;
};

TEST_F(HttpApiTlsTest, TrustsTheGivenAuthority) {
  Serve("IP:127.0.0.1");
  auto answer = Get();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HttpApiTlsTest, TrustsNobodyElse) {
  Serve("IP:127.0.0.1");
  access_.ca.text = other_ca_.Pem();
  ExpectRefused("");
}

TEST_F(HttpApiTlsTest, TrustsAllOfABundle) {
  Serve("IP:127.0.0.1");
  access_.ca.text = other_ca_.Pem() + ca_.Pem();
  auto answer = Get();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HttpApiTlsTest, TheCertificateIsForTheAddressThatIsDialled) {
  Serve("IP:127.0.0.2,DNS:127.0.0.1");
  ExpectRefused("IP address mismatch");
  Serve("IP:::2", "", "::1");
  ExpectRefused("IP address mismatch");
  Serve("IP:::1", "", "::1");
  auto answer = Get();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HttpApiTlsTest, TheCertificateMayBeForAnotherName) {
  Serve("DNS:api.example");
  access_.server_name = "api.example";
  auto answer = Get();
  EXPECT_TRUE(answer.ok()) << answer.status();
  access_.server_name = "other.example";
  ExpectRefused("hostname mismatch");
}

TEST_F(HttpApiTlsTest, NamesAreThoseOfTheCertificateNotItsSubject) {
  access_.server_name = "server";
  for (const char* names : {"DNS:api.example", ""}) {
    Serve(names);
    ExpectRefused("hostname mismatch");
  }
}

TEST_F(HttpApiTlsTest, TrustsAnybodyWhereItIsToldTo) {
  Serve("IP:127.0.0.2");
  access_.ca.text = other_ca_.Pem();
  access_.verify = false;
  auto answer = Get();
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HttpApiTlsTest, AnAuthorityThatChangesIsReadAgain) {
  TempFolder folder;
  Serve("IP:127.0.0.1");
  access_.ca = {.text = "", .file = folder.Path("ca.crt")};
  auto api = NewHttpApi(access_);
  auto get = [&] {
    return api->Get({.group = "", .version = "v1", .plural = "nodes", .name_space = ""}, "a").status();
  };
  EXPECT_THAT(get().ToString(), HasSubstr(folder.Path("ca.crt")));
  std::ofstream(folder.Path("ca.crt")) << other_ca_.Pem();
  EXPECT_FALSE(get().ok());
  std::ofstream(folder.Path("ca.crt")) << ca_.Pem();
  EXPECT_TRUE(get().ok());
}

TEST_F(HttpApiTlsTest, ProvesItselfByACertificate) {
  Serve("IP:127.0.0.1", ca_.Pem());
  const TestCertificate client = ca_.Issue("admin");
  access_.certificate.text = client.certificate;
  access_.key.text = client.key;
  auto answer = Get();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(TextAt(*answer, "/client"), "admin");
}

TEST_F(HttpApiTlsTest, AServerThatAsksForACertificateIsNotSatisfiedWithout) {
  Serve("IP:127.0.0.1", ca_.Pem());
  EXPECT_TRUE(absl::IsUnavailable(Get().status()));
}

TEST_F(HttpApiTlsTest, SaysWhatIsWrongWithTexts) {
  Serve("IP:127.0.0.1");
  access_.ca.text = "rubbish";
  EXPECT_THAT(Get().status().ToString(), HasSubstr("certificate authority: no certificate in it"));
  access_.ca.text = ca_.Pem();
  const TestCertificate client = ca_.Issue("admin");
  access_.certificate.text = client.certificate;
  access_.key.text = "rubbish";
  EXPECT_THAT(Get().status().ToString(), HasSubstr("client key: not a key"));
  access_.key.text = ca_.Issue("other").key;
  EXPECT_THAT(Get().status().ToString(), HasSubstr("not that of the client certificate"));
}

TEST_F(HttpApiTlsTest, AServerWithoutTlsIsUnavailable) {
  HttpTestServer plain([](const TestRequest&, TestExchange& exchange) { exchange.Answer(200, "{}"); });
  access_.server = {.host = "127.0.0.1", .port = plain.port()};
  access_.ca.text = ca_.Pem();
  // It waits for the end of a request that is none.
  auto api = NewHttpApi(access_, {.call_timeout = absl::Milliseconds(50)});
  EXPECT_TRUE(absl::IsUnavailable(
      api->Get({.group = "", .version = "v1", .plural = "nodes", .name_space = ""}, "a").status()));
}

}  // namespace
}  // namespace nsm::kubernetes
