// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server on loopback that answers what a test says, down to the bytes, and breaks where it says.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "src/core/mutex.h"
#include "src/core/unique_fd.h"
#include "src/kubernetes/no_sigpipe.h"
#include "tests/harness/test_certificates.h"

namespace nsm {

// Reads and writes of one connection, with or without TLS.
class TestConnection {
 public:
  TestConnection(UniqueFd fd, SSL_CTX* tls) : fd_(std::move(fd)) {
    if (tls == nullptr) return;
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), fd_.get());
    is_open_ = SSL_accept(ssl_.get()) == 1;
  }
  bool is_open() const { return is_open_; }
  void Send(const std::string& bytes) {
    for (size_t sent = 0; is_open_ && sent < bytes.size();) {
      const int size = static_cast<int>(bytes.size() - sent);
      const ssize_t written = ssl_ ? SSL_write(ssl_.get(), bytes.data() + sent, size)
                                   : ::send(fd_.get(), bytes.data() + sent, size, MSG_NOSIGNAL);
      if (written <= 0) is_open_ = false;
      sent += static_cast<size_t>(std::max<ssize_t>(written, 0));
    }
  }
  // Empty at the end.
  std::string Receive() {
    char buffer[4096];
    const ssize_t size =
        ssl_ ? SSL_read(ssl_.get(), buffer, sizeof(buffer)) : ::recv(fd_.get(), buffer, sizeof(buffer), 0);
    if (size <= 0) is_open_ = false;
    return std::string(buffer, static_cast<size_t>(std::max<ssize_t>(size, 0)));
  }
  // Without a word, as when a process dies.
  void Cut() {
    is_open_ = false;
    ::shutdown(fd_.get(), SHUT_RDWR);
  }
  // Common name of the client's certificate; empty: it has none.
  std::string ClientName() const {
    X509* certificate = ssl_ ? SSL_get0_peer_certificate(ssl_.get()) : nullptr;
    if (certificate == nullptr) return "";
    char name[100] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof(name));
    return name;
  }

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  const UniqueFd fd_;
  std::unique_ptr<SSL, Free> ssl_;
  std::atomic<bool> is_open_ = true;
};

struct TestRequest {
  std::string method;
  std::string path;                               // without the query
  std::map<std::string, std::string> parameters;  // of the query, decoded
  std::map<std::string, std::string> headers;     // names in lower case
  std::string body;
  std::string Parameter(const std::string& name) const {
    auto found = parameters.find(name);
    return found != parameters.end() ? found->second : "";
  }
  std::string Header(const std::string& name) const {
    auto found = headers.find(name);
    return found != headers.end() ? found->second : "";
  }
};

// How a handler answers one request.
class TestExchange {
 public:
  explicit TestExchange(TestConnection& connection) : connection_(connection) {}
  // A whole answer. `headers`: more of them, each with its "\r\n".
  void Answer(int status, const std::string& body, const std::string& headers = "") {
    connection_.Send(absl::StrCat("HTTP/1.1 ", status, " Text\r\nContent-Type: application/json\r\n", headers,
                                  "Content-Length: ", body.size(), "\r\n\r\n", body));
  }
  // One in chunks, as that of a watch.
  void Open() {
    connection_.Send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  void Chunk(const std::string& data) {
    connection_.Send(absl::StrCat(absl::Hex(data.size()), "\r\n", data, "\r\n"));
  }
  void End() { connection_.Send("0\r\n\r\n"); }
  void Send(const std::string& bytes) { connection_.Send(bytes); }
  void Cut() { connection_.Cut(); }
  bool is_open() const { return connection_.is_open(); }
  std::string ClientName() const { return connection_.ClientName(); }
  // Returns when the client has gone, or the server ends.
  void AwaitClose() {
    while (!connection_.Receive().empty()) {
    }
  }

 private:
  TestConnection& connection_;
};

class HttpTestServer {
 public:
  // On a thread of each connection.
  using Handler = std::function<void(const TestRequest& request, TestExchange& exchange)>;
  struct Tls {
    TestCertificate server;
    std::string client_ca;  // PEM; empty: clients are not asked for certificates
  };

  explicit HttpTestServer(Handler handler, std::optional<Tls> tls = std::nullopt,
                          const std::string& address = "127.0.0.1")
      : handler_(std::move(handler)), listener_(Listen(address)) {
    if (tls) SetUp(*tls);
    acceptor_ = std::thread([this] { Accept(); });
  }
  ~HttpTestServer() {
    {
      MutexLock lock(mutex_);
      ending_ = true;
      for (auto& connection : connections_) connection->Cut();
    }
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    for (std::thread& thread : threads_) thread.join();
  }

  uint16_t port() const { return port_; }
  // Connections so far.
  int connections() const { return count_; }
  // As if its process died and another took its place: connections that are open are gone.
  void CutAll() {
    MutexLock lock(mutex_);
    for (auto& connection : connections_) connection->Cut();
  }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  UniqueFd Listen(const std::string& address) {
    const bool is_v6 = address.find(':') != std::string::npos;
    UniqueFd fd(::socket(is_v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 v6 = {};
    sockaddr_in v4 = {};
    v6.sin6_family = AF_INET6;
    v4.sin_family = AF_INET;
    ::inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
    ::inet_pton(AF_INET, address.c_str(), &v4.sin_addr);
    auto* any = is_v6 ? reinterpret_cast<sockaddr*>(&v6) : reinterpret_cast<sockaddr*>(&v4);
    socklen_t size = is_v6 ? sizeof(v6) : sizeof(v4);
    EXPECT_EQ(::bind(fd.get(), any, size), 0) << address;
    EXPECT_EQ(::listen(fd.get(), 16), 0);
    EXPECT_EQ(::getsockname(fd.get(), any, &size), 0);
    port_ = ntohs(is_v6 ? v6.sin6_port : v4.sin_port);
    return fd;
  }

  void SetUp(const Tls& tls) {
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_set_quiet_shutdown(context_.get(), 1);
    SSL_CTX_use_certificate(context_.get(), Parse(tls.server.certificate).get());
    std::unique_ptr<BIO, FreeAny> key(BIO_new_mem_buf(tls.server.key.data(), -1));
    std::unique_ptr<EVP_PKEY, FreeAny> parsed(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
    SSL_CTX_use_PrivateKey(context_.get(), parsed.get());
    if (tls.client_ca.empty()) return;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), Parse(tls.client_ca).get());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  struct FreeAny {
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
  };
  static std::unique_ptr<X509, FreeAny> Parse(const std::string& pem) {
    std::unique_ptr<BIO, FreeAny> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    return std::unique_ptr<X509, FreeAny>(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  }

  void Accept() {
    while (true) {
      UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd.valid()) return;
      ++count_;
      threads_.emplace_back(
          [this, fd = std::make_shared<UniqueFd>(std::move(fd))] { Serve(std::move(*fd)); });
    }
  }

  void Serve(UniqueFd fd) {
    const kubernetes::NoSigpipe no_sigpipe;
    auto connection = std::make_shared<TestConnection>(std::move(fd), context_.get());
    {
      MutexLock lock(mutex_);
      if (ending_) return;
      connections_.push_back(connection);
    }
    std::string received;
    while (auto request = ReadRequest(*connection, received)) {
      TestExchange exchange(*connection);
      handler_(*request, exchange);
    }
    MutexLock lock(mutex_);
    connections_.remove(connection);
  }

  // None when the connection has ended.
  static std::optional<TestRequest> ReadRequest(TestConnection& connection, std::string& received) {
    size_t head_end = 0;
    while ((head_end = received.find("\r\n\r\n")) == std::string::npos) {
      if (!connection.is_open()) return std::nullopt;
      received += connection.Receive();
    }
    const std::vector<std::string> lines = absl::StrSplit(received.substr(0, head_end), "\r\n");
    const std::vector<std::string> first = absl::StrSplit(lines[0], ' ');
    TestRequest request;
    request.method = first[0];
    const std::pair<std::string, std::string> target = absl::StrSplit(first[1], absl::MaxSplits('?', 1));
    request.path = target.first;
    for (const auto& part : absl::StrSplit(target.second, '&', absl::SkipEmpty())) {
      const std::pair<std::string, std::string> parameter = absl::StrSplit(part, absl::MaxSplits('=', 1));
      request.parameters[parameter.first] = Decode(parameter.second);
    }
    for (size_t i = 1; i < lines.size(); ++i) {
      const std::pair<std::string, std::string> header = absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
      request.headers[absl::AsciiStrToLower(header.first)] = header.second;
    }
    received.erase(0, head_end + 4);
    size_t length = 0;
    (void)absl::SimpleAtoi(request.Header("content-length"), &length);
    while (received.size() < length) {
      if (!connection.is_open()) return std::nullopt;
      received += connection.Receive();
    }
    request.body = received.substr(0, length);
    received.erase(0, length);
    return request;
  }
  static std::string Decode(const std::string& text) {
    std::string decoded;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        decoded += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
        i += 2;
      } else {
        decoded += text[i];
      }
    }
    return decoded;
  }

  const Handler handler_;
  uint16_t port_ = 0;
  const UniqueFd listener_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::atomic<int> count_ = 0;
  Mutex mutex_;
  bool ending_ GUARDED_BY(mutex_) = false;
  std::list<std::shared_ptr<TestConnection>> connections_ GUARDED_BY(mutex_);
  std::list<std::thread> threads_;  // the acceptor's, and afterwards the destructor's
  std::thread acceptor_;
};

}  // namespace nsm
