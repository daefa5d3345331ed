// SPDX-License-Identifier: Apache-2.0
#include "src/client/echo.h"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <utility>

#include "src/core/socket_address.h"
#include "src/core/unique_fd.h"

namespace nsm::client {
namespace {

constexpr uint16_t kEchoPort = 7;  // RFC 862
// Answers may be so many intervals late.
constexpr size_t kMostConnecting = 4;
constexpr size_t kHeader = 8;  // of ICMP: type, code, checksum, identifier, sequence
constexpr size_t kEcho = 16;

bool IsV4(const EchoWay& way) { return way.from.is_v4(); }

int Protocol(IpAddress::Family family) {
  return family == IpAddress::Family::kV4 ? static_cast<int>(IPPROTO_ICMP) : static_cast<int>(IPPROTO_ICMPV6);
}

UniqueFd MakeSocket(IpAddress::Family family, int type, int protocol) {
  const int domain = family == IpAddress::Family::kV4 ? AF_INET : AF_INET6;
  return UniqueFd(::socket(domain, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
}

// Bound to the way's own end. False where that is not there.
bool Bind(int fd, const EchoWay& way) {
  const auto& device = way.interface;
  // Kernels before 5.7 want a privilege for it; the address alone has to do there.
  if (!device.empty() && ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.c_str(), device.size()) != 0 &&
      errno != EPERM) {
    return false;
  }
  const SocketAddress source(way.from);
  return ::bind(fd, source.get(), source.size()) == 0;
}

uint16_t RandomIdentifier() {
  uint16_t identifier = 0;
  [[maybe_unused]] ssize_t ignored = ::getrandom(&identifier, sizeof identifier, 0);
  return identifier;
}

// RFC 1071; the length is even.
uint16_t Checksum(std::span<const uint8_t> bytes) {
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) sum += static_cast<uint32_t>(bytes[i]) << 8 | bytes[i + 1];
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

void Put16(uint16_t value, uint8_t* at) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

// Of a ping socket the kernel fills in identifier and checksum, and gives it its own answers alone; a raw one
// gets all answers from the other end, with the IP header in front if it is IPv4.
class IcmpEcho final : public Echo {
 public:
  IcmpEcho(const EchoWay& way, bool is_raw) : way_(way), is_raw_(is_raw), identifier_(RandomIdentifier()) {}

  void Send() override {
    if (!fd_.valid()) fd_ = Open();
    if (!fd_.valid()) return;
    std::array<uint8_t, kEcho> echo = {};
    echo[0] = IsV4(way_) ? static_cast<uint8_t>(ICMP_ECHO) : static_cast<uint8_t>(ICMP6_ECHO_REQUEST);
    Put16(identifier_, &echo[4]);
    Put16(++sequence_, &echo[6]);
    if (is_raw_ && IsV4(way_)) Put16(Checksum(echo), &echo[2]);
    if (::send(fd_.get(), echo.data(), echo.size(), 0) < 0 && errno != ECONNREFUSED) fd_ = UniqueFd();
  }

  bool TakeAnswer() override {
    bool answered = false;
    std::array<uint8_t, 128> packet;
    // Errors that routers told are read like answers; there are never many.
    for (int reads = 0; fd_.valid() && reads < 64; ++reads) {
      const ssize_t size = ::recv(fd_.get(), packet.data(), packet.size(), 0);
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (size > 0 && IsAnswer({packet.data(), static_cast<size_t>(size)})) answered = true;
    }
    return answered;
  }

  std::vector<pollfd> sockets() const override {
    if (!fd_.valid()) return {};
    return {{.fd = fd_.get(), .events = POLLIN, .revents = 0}};
  }

 private:
  UniqueFd Open() const {
    const auto family = way_.from.family();
    UniqueFd fd = MakeSocket(family, is_raw_ ? SOCK_RAW : SOCK_DGRAM, Protocol(family));
    if (!fd.valid() || (is_raw_ && !TakeOnlyAnswers(fd.get())) || !Bind(fd.get(), way_)) return UniqueFd();
    const SocketAddress target(way_.to);
    return ::connect(fd.get(), target.get(), target.size()) == 0 ? std::move(fd) : UniqueFd();
  }

  bool TakeOnlyAnswers(int fd) const {
    if (IsV4(way_)) {
      const icmp_filter others = {.data = ~(1u << ICMP_ECHOREPLY)};
      return ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &others, sizeof others) == 0;
    }
    icmp6_filter others;
    ICMP6_FILTER_SETBLOCKALL(&others);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &others);
    return ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &others, sizeof others) == 0;
  }

  bool IsAnswer(std::span<const uint8_t> packet) const {
    if (is_raw_ && IsV4(way_)) {
      const size_t ip_header = (packet[0] & 0x0f) * 4u;
      if (packet.size() < ip_header) return false;
      packet = packet.subspan(ip_header);
    }
    const int reply = IsV4(way_) ? static_cast<int>(ICMP_ECHOREPLY) : static_cast<int>(ICMP6_ECHO_REPLY);
    if (packet.size() < kHeader || packet[0] != reply) return false;
    return !is_raw_ || (packet[4] << 8 | packet[5]) == identifier_;
  }

  const EchoWay way_;
  const bool is_raw_;
  const uint16_t identifier_;
  uint16_t sequence_ = 0;
  UniqueFd fd_;
};

// Any end of a TCP handshake that the other end has caused is an answer.
class TcpEcho final : public Echo {
 public:
  explicit TcpEcho(const EchoWay& way) : way_(way) {}

  void Send() override {
    UniqueFd fd = MakeSocket(way_.from.family(), SOCK_STREAM, 0);
    if (!fd.valid() || !Bind(fd.get(), way_)) return;
    // Nothing stays behind where there is a server.
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    const SocketAddress target(way_.to, kEchoPort);
    const int error = ::connect(fd.get(), target.get(), target.size()) == 0 ? 0 : errno;
    if (error != EINPROGRESS) {
      answered_ = answered_ || IsAnswer(error);
      return;
    }
    connecting_.push_back(std::move(fd));
    if (connecting_.size() > kMostConnecting) connecting_.pop_front();
  }

  bool TakeAnswer() override {
    bool answered = std::exchange(answered_, false);
    std::erase_if(connecting_, [&](const UniqueFd& fd) {
      pollfd state = {.fd = fd.get(), .events = POLLOUT, .revents = 0};
      if (::poll(&state, 1, 0) != 1) return false;
      int error = 0;
      socklen_t size = sizeof error;
      ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
      answered = answered || IsAnswer(error);
      return true;
    });
    return answered;
  }

  std::vector<pollfd> sockets() const override {
    std::vector<pollfd> sockets;
    for (const UniqueFd& fd : connecting_)
      sockets.push_back({.fd = fd.get(), .events = POLLOUT, .revents = 0});
    return sockets;
  }

 private:
  static bool IsAnswer(int error) { return error == 0 || error == ECONNREFUSED || error == ECONNRESET; }

  const EchoWay way_;
  bool answered_ = false;  // at once
  std::deque<UniqueFd> connecting_;
};

// An ICMP echo, and a TCP one beside it from the first that got no answer until the next that did.
class DoubtedEcho final : public Echo {
 public:
  DoubtedEcho(const EchoWay& way, bool is_raw) : icmp_(way, is_raw), tcp_(way) {}
  void Send() override {
    if (std::exchange(is_unanswered_, true)) tcp_.Send();
    icmp_.Send();
  }
  bool TakeAnswer() override {
    const bool by_icmp = icmp_.TakeAnswer();
    if (by_icmp) is_unanswered_ = false;
    return tcp_.TakeAnswer() || by_icmp;
  }
  std::vector<pollfd> sockets() const override {
    std::vector<pollfd> sockets = icmp_.sockets();
    for (const pollfd& socket : tcp_.sockets()) sockets.push_back(socket);
    return sockets;
  }

 private:
  IcmpEcho icmp_;
  TcpEcho tcp_;
  bool is_unanswered_ = false;  // the last one by ICMP
};

}  // namespace

Echo::Means Echo::Permitted(IpAddress::Family family) {
  if (MakeSocket(family, SOCK_DGRAM, Protocol(family)).valid()) return Means::kPingSocket;
  if (MakeSocket(family, SOCK_RAW, Protocol(family)).valid()) return Means::kRawSocket;
  return Means::kTcp;
}

std::unique_ptr<Echo> Echo::Make(const EchoWay& way, Means means) {
  if (means == Means::kTcp) return std::make_unique<TcpEcho>(way);
  return std::make_unique<DoubtedEcho>(way, means == Means::kRawSocket);
}

}  // namespace nsm::client
