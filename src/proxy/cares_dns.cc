// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/cares_dns.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "src/core/status_macros.h"

namespace nsm::proxy {
namespace {

// A server gets this many chances, each twice as long as the one before.
constexpr int kTries = 3;

using Channel = std::unique_ptr<ares_channeldata, decltype(&ares_destroy)>;

// The servers that a channel asks, for messages.
std::string ServersOf(ares_channel channel) {
  ares_addr_port_node* nodes = nullptr;
  if (ares_get_servers_ports(channel, &nodes) != ARES_SUCCESS) return "no server";
  std::vector<std::string> servers;
  for (ares_addr_port_node* node = nodes; node != nullptr; node = node->next) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&node->addr);
    auto address = IpAddress::FromBytes({bytes, node->family == AF_INET ? size_t{4} : size_t{16}});
    HostPort server{.host = address.ok() ? address->ToString() : "?", .port = 53};
    if (node->udp_port != 0) server.port = static_cast<uint16_t>(node->udp_port);
    servers.push_back(server.ToString());
  }
  ares_free_data(nodes);
  return servers.empty() ? "no server" : absl::StrJoin(servers, ", ");
}

absl::StatusOr<Channel> OpenChannel(const std::string& servers, absl::Duration time) {
  ares_options options = {};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  options.tries = kTries;
  // One server's three tries take seven times the first one.
  options.timeout = static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(time / 8), 50, 1000));
  ares_channel channel = nullptr;
  int error = ares_init_options(&channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (error != ARES_SUCCESS)
    return absl::InternalError(absl::StrCat("setting up DNS: ", ares_strerror(error)));
  Channel owner(channel, &ares_destroy);
  if (!servers.empty()) {
    error = ares_set_servers_ports_csv(channel, servers.c_str());
    if (error != ARES_SUCCESS) {
      return absl::InvalidArgumentError(absl::StrCat("DNS servers ", servers, ": ", ares_strerror(error)));
    }
  }
  return owner;
}

struct Answer {
  std::optional<int> error;  // set when there is an answer
  std::vector<IpAddress> addresses;
};

void OnAnswer(void* argument, int error, int, unsigned char* message, int length) {
  Answer& answer = *static_cast<Answer*>(argument);
  answer.error = error;
  if (error != ARES_SUCCESS) return;
  std::array<ares_addrttl, 64> records;
  int count = records.size();
  answer.error = ares_parse_a_reply(message, length, nullptr, records.data(), &count);
  if (answer.error != ARES_SUCCESS) return;
  for (int i = 0; i < count; ++i) {
    const auto* bytes = reinterpret_cast<const uint8_t*>(&records[i].ipaddr);
    if (auto address = IpAddress::FromBytes({bytes, 4}); address.ok()) answer.addresses.push_back(*address);
  }
}

// Waits for the channel's sockets, at most until c-ares wants to send again or `deadline`; lets c-ares work.
void Process(ares_channel channel, absl::Time deadline) {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets;
  int wanted = ares_getsock(channel, sockets.data(), sockets.size());
  std::vector<pollfd> polled;
  for (size_t i = 0; i < sockets.size(); ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(wanted, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(wanted, i)) events |= POLLOUT;
    if (events != 0) polled.push_back({sockets[i], events, 0});
  }
  timeval longest = absl::ToTimeval(std::max(deadline - absl::Now(), absl::ZeroDuration()));
  timeval next = longest;
  timeval* wait = ares_timeout(channel, &longest, &next);
  int milliseconds = static_cast<int>(absl::ToInt64Milliseconds(absl::DurationFromTimeval(*wait))) + 1;
  ::poll(polled.data(), polled.size(), milliseconds);
  ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
  for (const pollfd& socket : polled) {
    if (socket.revents == 0) continue;
    ares_process_fd(channel, (socket.revents & POLLOUT) ? ARES_SOCKET_BAD : socket.fd,
                    (socket.revents & POLLOUT) ? socket.fd : ARES_SOCKET_BAD);
  }
}

absl::Status ToStatus(int error, const std::string& question) {
  std::string message = absl::StrCat(question, ": ", ares_strerror(error));
  switch (error) {
    case ARES_ENOTFOUND:
      return absl::NotFoundError(absl::StrCat(question, ": no such name (NXDOMAIN)"));
    case ARES_ENODATA:
      return absl::NotFoundError(absl::StrCat(question, ": the name has no such record"));
    case ARES_EBADNAME:
      return absl::InvalidArgumentError(message);
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<CaresDns>> CaresDns::Create(const std::vector<HostPort>& servers) {
  std::vector<std::string> texts;
  for (HostPort server : servers) {
    RETURN_IF_ERROR(IpAddress::Parse(server.host).status());
    if (server.port == 0) server.port = 53;
    texts.push_back(server.ToString());
  }
  int error = ares_library_init(ARES_LIB_INIT_ALL);
  if (error != ARES_SUCCESS)
    return absl::InternalError(absl::StrCat("setting up DNS: ", ares_strerror(error)));
  return std::unique_ptr<CaresDns>(new CaresDns(absl::StrJoin(texts, ",")));
}

CaresDns::~CaresDns() { ares_library_cleanup(); }

absl::StatusOr<std::vector<IpAddress>> CaresDns::FindAddresses(const std::string& host, absl::Time deadline) {
  const absl::Duration time = deadline - absl::Now();
  ASSIGN_OR_RETURN(Channel channel, OpenChannel(servers_, time));
  const std::string question = absl::StrCat("asking ", ServersOf(channel.get()), " for A records of ", host);
  Answer answer;
  ares_query(channel.get(), host.c_str(), ns_c_in, ns_t_a, &OnAnswer, &answer);
  while (!answer.error) {
    if (absl::Now() >= deadline) {
      ares_cancel(channel.get());
      return absl::DeadlineExceededError(absl::StrCat(
          question, ": no answer within ", absl::FormatDuration(absl::Trunc(time, absl::Milliseconds(1)))));
    }
    Process(channel.get(), deadline);
  }
  if (*answer.error != ARES_SUCCESS) return ToStatus(*answer.error, question);
  if (answer.addresses.empty()) return ToStatus(ARES_ENODATA, question);
  return std::move(answer.addresses);
}

}  // namespace nsm::proxy
