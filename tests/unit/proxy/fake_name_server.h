// SPDX-License-Identifier: Apache-2.0
// A name server on a UDP and TCP port of 127.0.0.1, with good manners or bad ones.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "src/core/ip_address.h"
#include "src/core/unique_fd.h"
#include "src/proxy/dns.h"

namespace nsm::proxy {

class FakeNameServer {
 public:
  enum class Manner {
    kAnswer,
    kSilent,
    kWrongId,
    kWrongQuestion,  // answers another one than was asked
    kGarbage,
    kTruncated,  // over UDP; all of it over TCP
  };
  static constexpr int kServFail = 2, kRefused = 5;  // RFC 1035

  struct Options {
    Manner manner = Manner::kAnswer;
    int code = 0;  // RCODE of every answer, unless 0
    std::map<std::string, std::vector<std::string>> addresses = {};
    std::map<std::string, std::vector<SrvRecord>> services = {};
    // Runs for each question, in the server's thread, before it is answered.
    std::function<void()> on_question = [] {};
  };
  explicit FakeNameServer(Options options)
      : options_(std::move(options)),
        tcp_(::socket(AF_INET, SOCK_STREAM, 0)),
        udp_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    ::bind(tcp_.get(), reinterpret_cast<sockaddr*>(&address), length);
    ::listen(tcp_.get(), 8);
    ::getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    ::bind(udp_.get(), reinterpret_cast<sockaddr*>(&address), length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~FakeNameServer() {
    stopping_ = true;
    ::shutdown(udp_.get(), SHUT_RDWR);  // wakes the thread
    thread_.join();
  }
  uint16_t port() const { return port_; }
  int questions() const { return questions_; }
  int questions_by_tcp() const { return questions_by_tcp_; }

 private:
  void Run() {
    while (!stopping_) {
      std::vector<pollfd> waiting{{udp_.get(), POLLIN, 0}, {tcp_.get(), POLLIN, 0}};
      for (const UniqueFd& connection : connections_) waiting.push_back({connection.get(), POLLIN, 0});
      ::poll(waiting.data(), waiting.size(), 100);
      for (size_t i = 2; i < waiting.size(); ++i) {
        if (waiting[i].revents != 0) ServeTcp(connections_[i - 2]);
      }
      std::erase_if(connections_, [](const UniqueFd& connection) { return !connection.valid(); });
      if (waiting[1].revents != 0) connections_.emplace_back(::accept(tcp_.get(), nullptr, nullptr));
      if (waiting[0].revents != 0) ServeUdp();
    }
  }
  void ServeUdp() {
    std::string message(512, '\0');
    sockaddr_in from = {};
    socklen_t length = sizeof(from);
    ssize_t size = ::recvfrom(udp_.get(), message.data(), message.size(), MSG_DONTWAIT,
                              reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 12) return;
    message.resize(size);
    ++questions_;
    options_.on_question();
    if (options_.manner == Manner::kSilent) return;
    std::string answer = Answer(message, /*by_tcp=*/false);
    ::sendto(udp_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
  }
  // One question, or the end.
  void ServeTcp(UniqueFd& connection) {
    uint16_t size = 0;
    if (::recv(connection.get(), &size, 2, MSG_WAITALL) != 2) {
      UniqueFd closed = std::move(connection);
      return;
    }
    std::string message(ntohs(size), '\0');
    ::recv(connection.get(), message.data(), message.size(), MSG_WAITALL);
    ++questions_by_tcp_;
    std::string answer = Answer(message, /*by_tcp=*/true);
    answer = Number(static_cast<uint16_t>(answer.size())) + answer;
    ::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
  }

  // The question again, as an answer, with the records behind it.
  std::string Answer(std::string message, bool by_tcp) const {
    if (options_.manner == Manner::kGarbage) return message.substr(0, 2) + "garbage, and more of it";
    const std::string name = NameAt(message, 12);
    const size_t end = 12 + name.size() + 2;
    const auto type = static_cast<uint8_t>(message[end + 1]);
    std::vector<std::string> records = Records(name, type);
    const bool is_known = options_.addresses.contains(name) || options_.services.contains(name);
    const bool truncated = options_.manner == Manner::kTruncated && !by_tcp;
    if (truncated) records.clear();
    message.resize(end + 4);
    message[2] = static_cast<char>(truncated ? 0x83 : 0x81);  // response, recursion desired
    message[3] = static_cast<char>(0x80 | (options_.code != 0 ? options_.code : is_known ? 0 : 3));
    message.replace(6, 6, Number(static_cast<uint16_t>(records.size())) + std::string(4, '\0'));
    for (const std::string& record : records) {
      message += std::string("\xc0\x0c\0", 3);  // the name at 12
      message += static_cast<char>(type);
      message += std::string("\0\1\0\0\0\x3c", 6);  // IN, 60 s
      message += Number(static_cast<uint16_t>(record.size())) + record;
    }
    if (options_.manner == Manner::kWrongId) message[0] = static_cast<char>(message[0] ^ 1);
    if (options_.manner == Manner::kWrongQuestion) message[13] = static_cast<char>(message[13] ^ 1);
    return message;
  }
  std::vector<std::string> Records(const std::string& name, uint8_t type) const {
    std::vector<std::string> records;
    if (auto it = options_.services.find(name); it != options_.services.end() && type == 33) {
      for (const SrvRecord& record : it->second) {
        records.push_back(Number(record.priority) + Number(record.weight) + Number(record.port) +
                          Labels(record.target));
      }
    }
    if (auto it = options_.addresses.find(name); it != options_.addresses.end()) {
      for (const std::string& text : it->second) {
        auto address = IpAddress::Parse(text).value();
        if (type == (address.is_v4() ? 1 : 28))
          records.emplace_back(address.bytes().begin(), address.bytes().end());
      }
    }
    return records;
  }

  static std::string Number(uint16_t number) {
    return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
  }
  static std::string NameAt(const std::string& message, size_t at) {
    std::string name;
    while (message[at] != 0) {
      if (!name.empty()) name += '.';
      name += message.substr(at + 1, message[at]);
      at += message[at] + 1;
    }
    return name;
  }
  static std::string Labels(const std::string& name) {
    std::string labels;
    for (size_t at = 0; at < name.size();) {
      size_t dot = std::min(name.find('.', at), name.size());
      labels += static_cast<char>(dot - at) + name.substr(at, dot - at);
      at = dot + 1;
    }
    return labels + '\0';
  }

  const Options options_;
  const UniqueFd tcp_;
  const UniqueFd udp_;
  std::vector<UniqueFd> connections_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> questions_ = 0;
  std::atomic<int> questions_by_tcp_ = 0;
  std::thread thread_;
};

}  // namespace nsm::proxy
