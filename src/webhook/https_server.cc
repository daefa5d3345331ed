// SPDX-License-Identifier: Apache-2.0
#include "src/webhook/https_server.h"

#include <httplib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "src/core/clock.h"

namespace nsm::webhook {
namespace {

// An open connection holds one; an API server opens more than one.
constexpr size_t kThreads = 32;
constexpr int kStepSeconds = 5;  // of reading and writing
constexpr size_t kRequestsOfConnection = 1000;

class HttplibServer final : public HttpsServer {
 public:
  HttplibServer(const ServedCertificate& certificate, Handler handler, Limits limits)
      : handler_(std::move(handler)), limits_(limits), server_([&certificate](SSL_CTX& context) {
          certificate.ServeBy(context);
          return SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION) == 1;
        }) {
    // Two servers on one port would each get a part of what comes.
    server_.set_socket_options([](int socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_payload_max_length(limits_.body);
    server_.set_read_timeout(kStepSeconds);
    server_.set_write_timeout(kStepSeconds);
    server_.set_keep_alive_timeout(kStepSeconds);
    server_.set_keep_alive_max_count(kRequestsOfConnection);
    server_.Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
      response.status = is_ending_ ? 503 : 200;
      response.set_content(is_ending_ ? "ending\n" : "ok\n", "text/plain");
    });
    server_.Post("/mutate", [this](const httplib::Request&, httplib::Response& response,
                                   const httplib::ContentReader& reader) { Answer(reader, response); });
  }

  ~HttplibServer() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  absl::Status Listen(const HostPort& address) {
    const std::vector<std::string> hosts = address.host.empty() ? std::vector<std::string>{"::", "0.0.0.0"}
                                                                : std::vector<std::string>{address.host};
    for (const std::string& host : hosts) {
      if (address.port == 0) {
        const int port = server_.bind_to_any_port(host);
        port_ = static_cast<uint16_t>(std::max(port, 0));
      } else if (server_.bind_to_port(host, address.port)) {
        port_ = address.port;
      }
      if (port_ != 0) break;
    }
    if (port_ == 0) {
      return absl::UnavailableError(
          absl::StrCat("listening at ", address.ToString(), ": ", std::strerror(errno)));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // Before that it cannot be stopped.
    while (!server_.is_running()) std::this_thread::yield();
    return absl::OkStatus();
  }

  uint16_t port() const override { return port_; }
  void BeginEnd() override { is_ending_ = true; }

 private:
  void Answer(const httplib::ContentReader& reader, httplib::Response& response) {
    const absl::Duration end = Elapsed() + limits_.time;
    std::string body;
    // Also what a compressed body becomes has its limit.
    const bool is_read = reader([&](const char* data, size_t size) {
      if (size > limits_.body - body.size() || Elapsed() > end) return false;
      body.append(data, size);
      return true;
    });
    if (!is_read) {
      response.status = 413;
      return response.set_content("the body is too long, or too slow\n", "text/plain");
    }
    HttpAnswer answer = handler_(body);
    response.status = answer.status;
    response.set_content(std::move(answer.body), answer.content_type);
  }

  const Handler handler_;
  const Limits limits_;
  httplib::SSLServer server_;
  std::atomic<bool> is_ending_ = false;
  uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<HttpsServer>> HttpsServer::Start(const HostPort& address,
                                                                const ServedCertificate& certificate,
                                                                Handler handler, Limits limits) {
  auto server = std::make_unique<HttplibServer>(certificate, std::move(handler), limits);
  if (absl::Status listening = server->Listen(address); !listening.ok()) return listening;
  return server;
}

}  // namespace nsm::webhook
