// SPDX-License-Identifier: Apache-2.0
// A name server on a UDP port of 127.0.0.1 that gives one answer to every question.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "src/core/ip_address.h"
#include "src/core/unique_fd.h"

namespace nsm::proxy {

class FakeNameServer {
 public:
  static constexpr int kNoError = 0;
  static constexpr int kNoSuchName = 3;
  // `code` is the answer's RCODE (RFC 1035); a silent server answers nothing.
  FakeNameServer(int code, std::vector<std::string> addresses, bool silent = false)
      : code_(code),
        addresses_(std::move(addresses)),
        silent_(silent),
        socket_(::socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), length);
    ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~FakeNameServer() {
    stopping_ = true;
    ::shutdown(socket_.get(), SHUT_RDWR);  // wakes the thread
    thread_.join();
  }
  uint16_t port() const { return port_; }
  int questions() const { return questions_; }

 private:
  void Run() {
    while (!stopping_) {
      pollfd waiting = {socket_.get(), POLLIN, 0};
      ::poll(&waiting, 1, 100);
      std::string message(512, '\0');
      sockaddr_in from = {};
      socklen_t length = sizeof(from);
      ssize_t size = ::recvfrom(socket_.get(), message.data(), message.size(), MSG_DONTWAIT,
                                reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 12) continue;
      ++questions_;
      if (silent_) continue;
      message.resize(size);
      std::string answer = Answer(message);
      ::sendto(socket_.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
  }

  // The question again, as an answer, with one A record for each address.
  std::string Answer(std::string message) const {
    message[2] = static_cast<char>(0x81);  // response, recursion desired
    message[3] = static_cast<char>(0x80 | code_);
    message[7] = static_cast<char>(addresses_.size());
    message[11] = 0;  // no additional records
    for (const std::string& address : addresses_) {
      message += std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);  // the name at 12, A, IN, 60 s, 4 bytes
      auto bytes = IpAddress::Parse(address).value();
      message.append(bytes.bytes().begin(), bytes.bytes().end());
    }
    return message;
  }

  const int code_;
  const std::vector<std::string> addresses_;
  const bool silent_;
  const UniqueFd socket_;
  uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> questions_ = 0;
  std::thread thread_;
};

}  // namespace nsm::proxy
