// SPDX-License-Identifier: Apache-2.0
#include "bench/traffic/transactions.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/traffic/socket.h"
#include "src/core/status_macros.h"

namespace nsm::bench {
namespace {

using std::chrono::steady_clock;

constexpr uint16_t kPort = 7000;
// Until neighbours are known and caches are warm.
constexpr int kNotCounted = 100;

absl::Status Transact(const UniqueFd& fd) {
  char byte = 0;
  if (send(fd.get(), &byte, 1, 0) != 1) return absl::ErrnoToStatus(errno, "sending a request");
  const ssize_t size = recv(fd.get(), &byte, 1, 0);
  if (size == 1) return absl::OkStatus();
  return size == 0 ? absl::UnavailableError("the server has ended the connection")
                   : absl::ErrnoToStatus(errno, "waiting for an answer");
}

double Microseconds(steady_clock::duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

double Percentile(std::vector<double>& times, double percent) {
  const auto nth = times.begin() + static_cast<ptrdiff_t>((times.size() - 1) * percent / 100);
  std::nth_element(times.begin(), nth, times.end());
  return *nth;
}

// Until the client ends the connection.
void AnswerTcp(const UniqueFd& fd) {
  char byte;
  while (recv(fd.get(), &byte, 1, 0) == 1 && send(fd.get(), &byte, 1, MSG_NOSIGNAL) == 1) {
  }
}

absl::Status ServeTcp(const UniqueFd& listener) {
  while (true) {
    ASSIGN_OR_RETURN(const UniqueFd fd, Accept(listener));
    AnswerTcp(fd);
  }
}

absl::Status ServeUdp(const UniqueFd& fd) {
  while (true) {
    char byte;
    sockaddr_storage client;
    socklen_t size = sizeof(client);
    sockaddr* address = reinterpret_cast<sockaddr*>(&client);
    if (recvfrom(fd.get(), &byte, 1, 0, address, &size) < 0)
      return absl::ErrnoToStatus(errno, "waiting for a request");
    // A client that is gone misses nothing.
    sendto(fd.get(), &byte, 1, 0, address, size);
  }
}

}  // namespace

absl::StatusOr<Transactions> MeasureTransactions(int type, const IpAddress& server, absl::Duration duration) {
  ASSIGN_OR_RETURN(const UniqueFd fd, ClientSocket(type, server, kPort));
  for (int i = 0; i < kNotCounted; ++i) RETURN_IF_ERROR(Transact(fd));
  std::vector<double> times;
  const steady_clock::time_point begin = steady_clock::now();
  const steady_clock::time_point end = begin + absl::ToChronoNanoseconds(duration);
  steady_clock::time_point now = begin;
  while (now < end) {
    const steady_clock::time_point sent = now;
    RETURN_IF_ERROR(Transact(fd));
    now = steady_clock::now();
    times.push_back(Microseconds(now - sent));
  }
  if (times.empty()) return absl::InvalidArgumentError("a measurement takes longer than no time");
  return Transactions{.per_second = times.size() / Microseconds(now - begin) * 1e6,
                      .p50 = Percentile(times, 50),
                      .p99 = Percentile(times, 99)};
}

absl::Status ServeTransactions(int type) {
  ASSIGN_OR_RETURN(const UniqueFd fd, ServerSocket(type, kPort));
  return type == SOCK_STREAM ? ServeTcp(fd) : ServeUdp(fd);
}

}  // namespace nsm::bench
