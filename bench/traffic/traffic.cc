// SPDX-License-Identifier: Apache-2.0
// traffic: the small packets of bench/dataplane.
//
//   traffic serve                                   the other end of all of them
//   traffic tcp_rr | udp_rr | udp_64 SERVER SECONDS  one measurement, printed as JSON
#include <sys/socket.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "bench/traffic/packet_rate.h"
#include "bench/traffic/transactions.h"
#include "src/core/status_macros.h"

namespace nsm::bench {
namespace {

constexpr char kUsage[] = "traffic serve | traffic tcp_rr|udp_rr|udp_64 SERVER SECONDS";

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "traffic: " << status.message() << "\n";
  return 1;
}

// A server that lacks a part is none: the first part to end takes the others with it.
absl::Status Serve() {
  std::thread([] { std::_Exit(ExitCode(ServeTransactions(SOCK_STREAM))); }).detach();
  std::thread([] { std::_Exit(ExitCode(ServeTransactions(SOCK_DGRAM))); }).detach();
  return CountPackets();
}

absl::Status PrintTransactions(int type, const IpAddress& server, absl::Duration duration) {
  ASSIGN_OR_RETURN(const Transactions found, MeasureTransactions(type, server, duration));
  std::cout << absl::StrFormat(R"({"per_second": %.1f, "p50": %.2f, "p99": %.2f})", found.per_second,
                               found.p50, found.p99)
            << std::endl;
  return absl::OkStatus();
}

absl::Status PrintPacketRate(const IpAddress& server, absl::Duration duration) {
  ASSIGN_OR_RETURN(const PacketRate found, MeasurePacketRate(server, duration));
  std::cout << absl::StrFormat(R"({"sent": %.1f, "delivered": %.1f})", found.sent, found.delivered)
            << std::endl;
  return absl::OkStatus();
}

absl::Status Run(const std::vector<std::string>& arguments) {
  if (arguments.size() == 1 && arguments[0] == "serve") return Serve();
  double seconds = 0;
  if (arguments.size() != 3 || !absl::SimpleAtod(arguments[2], &seconds))
    return absl::InvalidArgumentError(kUsage);
  ASSIGN_OR_RETURN(const IpAddress server, IpAddress::Parse(arguments[1]));
  const absl::Duration duration = absl::Seconds(seconds);
  if (arguments[0] == "tcp_rr") return PrintTransactions(SOCK_STREAM, server, duration);
  if (arguments[0] == "udp_rr") return PrintTransactions(SOCK_DGRAM, server, duration);
  if (arguments[0] == "udp_64") return PrintPacketRate(server, duration);
  return absl::InvalidArgumentError(kUsage);
}

}  // namespace
}  // namespace nsm::bench

int main(int argc, char** argv) {
  return nsm::bench::ExitCode(nsm::bench::Run(std::vector<std::string>(argv + 1, argv + argc)));
}
