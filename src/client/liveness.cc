// SPDX-License-Identifier: Apache-2.0
#include "src/client/liveness.h"

#include <algorithm>
#include <memory>

#include "absl/time/clock.h"

namespace nsm::client {
namespace {

constexpr int kEchoes = 4;
constexpr size_t kMostWays = 16;

bool IsAnswered(const EchoWay& way, absl::Duration timeout) {
  const std::unique_ptr<Echo> echo = Echo::Make(way, Echo::Permitted(way.from.family()));
  for (int i = 0; i < kEchoes; ++i) {
    echo->Send();
    const absl::Time until = absl::Now() + timeout / kEchoes;
    for (absl::Duration left = timeout / kEchoes; left > absl::ZeroDuration(); left = until - absl::Now()) {
      if (echo->TakeAnswer()) return true;
      std::vector<pollfd> sockets = echo->sockets();
      // Rounded up, or the last part of a millisecond would be spent without a pause.
      ::poll(sockets.data(), sockets.size(), static_cast<int>(absl::ToInt64Milliseconds(left)) + 1);
    }
  }
  return echo->TakeAnswer();
}

}  // namespace

std::vector<EchoWay> EchoWays(const Connection& connection) {
  const auto& ip = connection.context().ip_context();
  std::vector<EchoWay> ways;
  for (const std::string& source : ip.src_ip_addrs()) {
    for (const std::string& target : ip.dst_ip_addrs()) {
      absl::StatusOr<IpPrefix> from = IpPrefix::Parse(source);
      absl::StatusOr<IpPrefix> to = IpPrefix::Parse(target);
      if (!from.ok() || !to.ok() || from->address().family() != to->address().family()) continue;
      if (ways.size() == kMostWays) return ways;
      ways.push_back({.from = from->address(),
                      .to = to->address(),
                      .interface = Parameter(connection.mechanism(), mechanism::kName)});
    }
  }
  return ways;
}

bool IsAlive(const Connection& connection, absl::Duration timeout) {
  const std::vector<EchoWay> ways = EchoWays(connection);
  return std::all_of(ways.begin(), ways.end(), [&](const EchoWay& way) { return IsAnswered(way, timeout); });
}

}  // namespace nsm::client
