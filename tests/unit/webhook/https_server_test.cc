// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/https_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>

#include "src/webhook/certificate.h"
#include "tests/harness/temp_folder.h"

namespace nsm::webhook {
namespace {

using testing::HasSubstr;

const Lifetime kDays = {absl::Now() - absl::Hours(1), absl::Now() + absl::Hours(24)};

class HttpsServerTest : public testing::Test {
 protected:
  HttpsServerTest() {
    server_ =
        HttpsServer::Start({"127.0.0.1", 0}, certificate_,
                           [](const std::string& body) {
                             return HttpAnswer{.status = body == "bad" ? 400 : 200, .body = "<" + body + ">"};
                           },
                           {.body = 1000, .time = absl::Seconds(10)})
            .value();
  }
  KeyPair Show() {
    const KeyPair authority = MakeAuthority("test", kDays).value();
    EXPECT_EQ(certificate_.Set(MakeServerCertificate(authority, {"127.0.0.1"}, kDays).value()),
              absl::OkStatus());
    return authority;
  }
  // A client that trusts only that one.
  std::unique_ptr<httplib::SSLClient> Client(const KeyPair& authority) {
    const std::string file = folder_.Path("ca.crt");
    std::ofstream(file, std::ios::trunc) << authority.certificate;
    auto client = std::make_unique<httplib::SSLClient>("127.0.0.1", server_->port());
    client->set_ca_cert_path(file.c_str());
    client->enable_server_certificate_verification(true);
    return client;
  }

  const TempFolder folder_;
  ServedCertificate certificate_;
  std::unique_ptr<HttpsServer> server_;
};

TEST_F(HttpsServerTest, AnswersReviewsAndSaysThatItIsHealthy) {
  const auto client = Client(Show());
  const auto answer = client->Post("/mutate", "body", "application/json");
  ASSERT_TRUE(answer) << httplib::to_string(answer.error());
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "<body>");
  EXPECT_EQ(answer->get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(client->Post("/mutate", "bad", "application/json")->status, 400);
  EXPECT_EQ(client->Get("/healthz")->status, 200);
  EXPECT_EQ(client->Get("/other")->status, 404);
  server_->BeginEnd();
  EXPECT_EQ(client->Get("/healthz")->status, 503);
  EXPECT_EQ(client->Post("/mutate", "body", "application/json")->body, "<body>") << "it still answers";
}

TEST_F(HttpsServerTest, WithoutACertificateNobodyConnects) {
  const auto client = Client(MakeAuthority("test", kDays).value());
  EXPECT_FALSE(client->Get("/healthz"));
  EXPECT_FALSE(certificate_.is_set());
}

TEST_F(HttpsServerTest, AnotherCertificateIsShownToWhoeverComesThen) {
  const KeyPair first = Show();
  const auto early = Client(first);
  early->set_keep_alive(true);
  EXPECT_TRUE(early->Get("/healthz"));
  const KeyPair second = Show();
  EXPECT_TRUE(Client(second)->Get("/healthz"));
  EXPECT_FALSE(Client(first)->Get("/healthz"));
  EXPECT_TRUE(early->Get("/healthz")) << "its connection stays";
  EXPECT_FALSE(certificate_.Set({second.certificate, first.key}).ok());
  EXPECT_TRUE(Client(second)->Get("/healthz")) << "a bad one changes nothing";
}

TEST_F(HttpsServerTest, ALongBodyIsNotTaken) {
  const auto client = Client(Show());
  EXPECT_EQ(client->Post("/mutate", std::string(1000, 'x'), "application/json")->status, 200);
  const auto answer = client->Post("/mutate", std::string(1001, 'x'), "application/json");
  EXPECT_TRUE(!answer || answer->status == 413);
  // The same without saying so before.
  const auto chunked = client->Post(
      "/mutate",
      [](size_t, httplib::DataSink& sink) {
        sink.write(std::string(2000, 'x').data(), 2000);
        sink.done();
        return true;
      },
      "application/json");
  EXPECT_TRUE(!chunked || chunked->status == 413);
}

TEST_F(HttpsServerTest, ABodyThatGrowsWhenItIsUnpackedIsNotTaken) {
  const auto client = Client(Show());
  client->set_compress(true);
  const auto answer = client->Post("/mutate", std::string(100000, 'x'), "application/json");
  EXPECT_TRUE(!answer || answer->status == 413);
}

TEST_F(HttpsServerTest, APortThatIsTakenIsNamed) {
  const auto other = HttpsServer::Start({"127.0.0.1", server_->port()}, certificate_, nullptr, {});
  EXPECT_TRUE(absl::IsUnavailable(other.status()));
  EXPECT_THAT(other.status().message(), HasSubstr("127.0.0.1:"));
}

}  // namespace
}  // namespace nsm::webhook
