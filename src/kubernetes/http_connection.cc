// SPDX-License-Identifier: Apache-2.0
#include "src/kubernetes/http_connection.h"

#include <fcntl.h>
#include <httplib.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "src/core/mutex.h"
#include "src/core/status_macros.h"
#include "src/core/unique_fd.h"
#include "src/kubernetes/no_sigpipe.h"
#include "src/kubernetes/tls.h"

namespace nsm::kubernetes {
namespace {

void SetSocketOption(int fd, int level, int option, int value) {
  ::setsockopt(fd, level, option, &value, sizeof(value));
}

// A watch may be silent for long: a server whose machine is gone is noticed within half a minute all the
// same.
void KeepAlive(int fd) {
  SetSocketOption(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  SetSocketOption(fd, IPPROTO_TCP, TCP_KEEPIDLE, 15);
  SetSocketOption(fd, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  SetSocketOption(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
  SetSocketOption(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

std::string LastOpenSslError() {
  const uint64_t code = ERR_peek_last_error();
  const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return reason != nullptr ? absl::StrCat(": ", reason) : "";
}

std::optional<absl::Duration> ParseRetryAfter(const httplib::Response& response) {
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(response.get_header_value("Retry-After"), &seconds) || seconds < 0) {
    return std::nullopt;
  }
  return absl::Seconds(seconds);
}

// cpp-httplib's own check of certificates is not used: it reads beyond the ends of addresses, and has one
// name for dialling and for the certificate. Nor is its stop(), which waits for a dial in progress.
class CppHttplibConnection final : public HttpConnection {
 public:
  explicit CppHttplibConnection(const Access& access) : access_(access) {}
  absl::Status SetUp();
  absl::StatusOr<HttpResponse> Send(const HttpRequest& request, absl::Duration silence,
                                    const HttpStream* stream) override EXCLUDES(mutex_);
  bool Abort() override EXCLUDES(mutex_);
  bool IsUsable() override EXCLUDES(mutex_);

 private:
  httplib::Request ToHttplib(const HttpRequest& request) const;
  absl::Status Fault(httplib::Error error) const;
  void OnSocket(int fd) EXCLUDES(mutex_);
  bool Begin() EXCLUDES(mutex_);
  void End() EXCLUDES(mutex_);

  const Access access_;
  std::string refusal_;  // of the server's certificate; the client's context has a pointer to it
  std::unique_ptr<httplib::ClientImpl> client_;
  Mutex mutex_;
  // A second descriptor of the client's socket: its number stays ours whenever the client closes its own.
  UniqueFd socket_ GUARDED_BY(mutex_);
  bool sending_ GUARDED_BY(mutex_) = false;
  bool aborted_ GUARDED_BY(mutex_) = false;
};

absl::Status CppHttplibConnection::SetUp() {
  const std::string& host = access_.server.host;
  if (access_.tls) {
    const std::string& name = access_.server_name.empty() ? host : access_.server_name;
    auto client = std::make_unique<httplib::SSLClient>(name, access_.server.port);
    if (name != host) client->set_hostname_addr_map({{name, host}});
    client->enable_server_certificate_verification(false);
    RETURN_IF_ERROR(SetUpTls(access_, client->ssl_context(), &refusal_));
    client_ = std::move(client);
  } else {
    client_ = std::make_unique<httplib::ClientImpl>(host, access_.server.port);
  }
  client_->set_keep_alive(true);
  client_->set_tcp_nodelay(true);
  client_->set_url_encode(false);  // paths are encoded already
  client_->set_socket_options([this](int fd) { OnSocket(fd); });
  return absl::OkStatus();
}

void CppHttplibConnection::OnSocket(int fd) {
  KeepAlive(fd);
  MutexLock lock(mutex_);
  socket_ = UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

bool CppHttplibConnection::Abort() {
  MutexLock lock(mutex_);
  aborted_ = true;
  if (sending_ && socket_.valid()) ::shutdown(socket_.get(), SHUT_RDWR);
  return sending_;
}

bool CppHttplibConnection::IsUsable() {
  // Before our lock is taken, which OnSocket takes within the client's.
  if (client_->is_socket_open() == 0) return false;
  MutexLock lock(mutex_);
  if (aborted_) return false;
  // What a server says without being asked is its farewell.
  pollfd news = {.fd = socket_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&news, 1, 0) == 0;
}

bool CppHttplibConnection::Begin() {
  MutexLock lock(mutex_);
  sending_ = !aborted_;
  return sending_;
}

void CppHttplibConnection::End() {
  MutexLock lock(mutex_);
  sending_ = false;
}

httplib::Request CppHttplibConnection::ToHttplib(const HttpRequest& request) const {
  httplib::Request converted;
  converted.method = request.method;
  converted.path = access_.path + request.path;
  converted.body = request.body;
  converted.headers = {{"Host", access_.server.ToString()},
                       {"User-Agent", "interdomain-nsm"},
                       {"Accept", "application/json"},
                       {"Accept-Encoding", "identity"}};
  if (!request.body.empty()) converted.headers.emplace("Content-Type", request.content_type);
  if (!request.token.empty()) converted.headers.emplace("Authorization", "Bearer " + request.token);
  return converted;
}

absl::Status CppHttplibConnection::Fault(httplib::Error error) const {
  switch (error) {
    case httplib::Error::Connection:
      return absl::UnavailableError("not connected");
    case httplib::Error::ConnectionTimeout:
      return absl::UnavailableError("not connected in time");
    case httplib::Error::SSLConnection:
      return absl::UnavailableError(refusal_.empty()
                                        ? absl::StrCat("no TLS connection", LastOpenSslError())
                                        : absl::StrCat("the server's certificate is refused: ", refusal_));
    case httplib::Error::Write:
      return absl::UnavailableError("broke off while it was sent");
    default:
      return absl::UnavailableError(
          absl::StrCat("broke off before the whole answer was there", access_.tls ? LastOpenSslError() : ""));
  }
}

absl::StatusOr<HttpResponse> CppHttplibConnection::Send(const HttpRequest& request, absl::Duration silence,
                                                        const HttpStream* stream) {
  if (!Begin()) return absl::UnavailableError("aborted");
  const NoSigpipe no_sigpipe;
  ERR_clear_error();
  const auto limit = absl::ToChronoMilliseconds(silence);
  client_->set_connection_timeout(limit);
  client_->set_read_timeout(limit);
  client_->set_write_timeout(limit);

  httplib::Request converted = ToHttplib(request);
  HttpResponse response;
  bool streams = false;
  converted.response_handler = [&](const httplib::Response& head) {
    streams = stream != nullptr && head.status == 200;
    if (streams) stream->on_open();
    return true;
  };
  converted.content_receiver = [&](const char* data, size_t size, uint64_t, uint64_t) {
    if (streams) return stream->on_piece({data, size});
    response.body.append(data, size);
    return true;
  };
  httplib::Response answer;
  auto error = httplib::Error::Success;
  const bool is_whole = client_->send(converted, answer, error);
  End();
  if (!is_whole) return Fault(error);
  response.status = answer.status;
  response.retry_after = ParseRetryAfter(answer);
  return response;
}

}  // namespace

absl::StatusOr<std::shared_ptr<HttpConnection>> NewHttpConnection(const Access& access) {
  auto connection = std::make_shared<CppHttplibConnection>(access);
  RETURN_IF_ERROR(connection->SetUp());
  return connection;
}

}  // namespace nsm::kubernetes
