// SPDX-License-Identifier: Apache-2.0
#include "bench/traffic/packet_rate.h"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>

#include "bench/traffic/socket.h"
#include "src/core/status_macros.h"

namespace nsm::bench {
namespace {

using std::chrono::steady_clock;

// UDP for the packets; TCP to say that there will be some and how many have come.
constexpr uint16_t kPort = 7001;
constexpr int kReceiveBuffer = 8 << 20;
// No packet for so long: the sender has ended.
constexpr timeval kSilence = {.tv_sec = 0, .tv_usec = 100'000};
constexpr int kSilencesBeforeFirst = 20;

// Several packets for one system call, so that the way they go is what is measured.
class Batch {
 public:
  static constexpr unsigned kSize = 32;

  Batch() {
    for (unsigned i = 0; i < kSize; ++i) {
      parts_[i] = {.iov_base = payload_.data(), .iov_len = payload_.size()};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // The number of packets, or -1.
  int Send(const UniqueFd& fd) { return sendmmsg(fd.get(), messages_.data(), kSize, 0); }
  // Waits for the first alone.
  int Receive(const UniqueFd& fd) {
    return recvmmsg(fd.get(), messages_.data(), kSize, MSG_WAITFORONE, nullptr);
  }

 private:
  std::array<char, 64> payload_{};
  std::array<iovec, kSize> parts_{};
  std::array<mmsghdr, kSize> messages_{};
};

double PerSecond(uint64_t packets, steady_clock::duration duration) {
  return packets / std::chrono::duration<double>(duration).count();
}

// The rate from the first packets until the sender's silence; 0 when none have come.
absl::StatusOr<double> ReceivedPerSecond(const UniqueFd& packets) {
  Batch batch;
  int silences = 0;
  uint64_t count = 0;
  steady_clock::time_point first, last;
  while (true) {
    const int received = batch.Receive(packets);
    if (received < 0 && errno != EAGAIN) return absl::ErrnoToStatus(errno, "receiving packets");
    if (received < 0) {
      if (count > 0) return PerSecond(count, last - first);
      if (++silences == kSilencesBeforeFirst) return 0;
      continue;
    }
    last = steady_clock::now();
    // Those of the first time belong to the time before it.
    if (first == steady_clock::time_point()) {
      first = last;
    } else {
      count += received;
    }
  }
}

absl::StatusOr<UniqueFd> CountingSocket() {
  ASSIGN_OR_RETURN(UniqueFd fd, ServerSocket(SOCK_DGRAM, kPort));
  // What is lost is to be lost on the way, not by a receiver that was away for a moment.
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof(kReceiveBuffer)) != 0)
    return absl::ErrnoToStatus(errno, "setting SO_RCVBUFFORCE");
  if (setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kSilence, sizeof(kSilence)) != 0)
    return absl::ErrnoToStatus(errno, "setting SO_RCVTIMEO");
  return fd;
}

// The rate at which they were taken from us.
absl::StatusOr<double> SendFor(const UniqueFd& packets, absl::Duration duration) {
  Batch batch;
  uint64_t count = 0;
  const steady_clock::time_point begin = steady_clock::now();
  const steady_clock::time_point end = begin + absl::ToChronoNanoseconds(duration);
  steady_clock::time_point now = begin;
  for (; now < end; now = steady_clock::now()) {
    const int sent = batch.Send(packets);
    if (sent < 0 && errno != ENOBUFS) return absl::ErrnoToStatus(errno, "sending packets");
    if (sent > 0) count += sent;
  }
  return PerSecond(count, now - begin);
}

}  // namespace

absl::StatusOr<PacketRate> MeasurePacketRate(const IpAddress& server, absl::Duration duration) {
  ASSIGN_OR_RETURN(const UniqueFd control, ClientSocket(SOCK_STREAM, server, kPort));
  ASSIGN_OR_RETURN(const UniqueFd packets, ClientSocket(SOCK_DGRAM, server, kPort));
  PacketRate rate;
  ASSIGN_OR_RETURN(rate.sent, SendFor(packets, duration));
  const ssize_t size = recv(control.get(), &rate.delivered, sizeof(rate.delivered), MSG_WAITALL);
  if (size < 0) return absl::ErrnoToStatus(errno, "waiting for the number of packets");
  if (size == 0 || rate.delivered == 0) return absl::UnavailableError("no packets arrive");
  return rate;
}

absl::Status CountPackets() {
  ASSIGN_OR_RETURN(const UniqueFd listener, ServerSocket(SOCK_STREAM, kPort));
  ASSIGN_OR_RETURN(const UniqueFd packets, CountingSocket());
  while (true) {
    ASSIGN_OR_RETURN(const UniqueFd control, Accept(listener));
    ASSIGN_OR_RETURN(const double rate, ReceivedPerSecond(packets));
    // A client that is gone misses nothing.
    send(control.get(), &rate, sizeof(rate), MSG_NOSIGNAL);
  }
}

}  // namespace nsm::bench
