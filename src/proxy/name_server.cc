// SPDX-License-Identifier: Apache-2.0
#include "src/proxy/name_server.h"

#include <arpa/nameser.h>

#include <algorithm>
#include <array>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"

namespace nsm::proxy {
namespace {

// A question is sent this often, with twice the wait each time: seven times the first wait in all.
constexpr int kTries = 3;

absl::Status SetupError(int error) {
  return absl::InternalError(absl::StrCat("setting up DNS: ", ares_strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<NameServer>> NameServer::Open(const HostPort& server, absl::Duration time) {
  ares_options options = {};
  // Each server has a channel of its own, so trying another one after an error is not for c-ares.
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP;
  options.tries = kTries;
  options.timeout = static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(time / 8), 50, 1000));
  ares_channel channel = nullptr;
  int error = ares_init_options(&channel, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
  if (error != ARES_SUCCESS) return SetupError(error);
  Channel owner(channel, &ares_destroy);
  const std::string name = HostPort{server.host, server.port == 0 ? uint16_t{53} : server.port}.ToString();
  error = ares_set_servers_ports_csv(channel, name.c_str());
  if (error != ARES_SUCCESS) {
    return absl::InvalidArgumentError(absl::StrCat("name server ", name, ": ", ares_strerror(error)));
  }
  return std::unique_ptr<NameServer>(new NameServer(name, std::move(owner)));
}

void NameServer::Ask(const std::string& name, RecordType type) {
  Reply& reply = replies_[type];
  reply.type = type;
  ares_query(channel_.get(), name.c_str(), ns_c_in, static_cast<int>(type), &OnAnswer, &reply);
}

const Reply* NameServer::ReplyFor(RecordType type) const {
  auto it = replies_.find(type);
  return it == replies_.end() ? nullptr : &it->second;
}

void NameServer::OnAnswer(void* argument, int error, int, unsigned char* message, int length) {
  Reply& reply = *static_cast<Reply*>(argument);
  reply.error = error;
  if (error != ARES_SUCCESS) return;
  reply.Read({reinterpret_cast<const char*>(message), static_cast<size_t>(length)});
}

void NameServer::AddSockets(std::vector<pollfd>& sockets) const {
  std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> all;
  int wanted = ares_getsock(channel_.get(), all.data(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    short events = 0;
    if (ARES_GETSOCK_READABLE(wanted, i)) events |= POLLIN;
    if (ARES_GETSOCK_WRITABLE(wanted, i)) events |= POLLOUT;
    if (events != 0) sockets.push_back({all[i], events, 0});
  }
}

absl::Duration NameServer::LongestWait(absl::Duration longest) const {
  timeval most = absl::ToTimeval(longest);
  timeval next = most;
  return absl::DurationFromTimeval(*ares_timeout(channel_.get(), &most, &next));
}

void NameServer::Process(const std::vector<pollfd>& sockets) {
  ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
  for (const pollfd& socket : sockets) {
    if (socket.revents == 0) continue;
    bool writable = (socket.revents & POLLOUT) != 0;
    ares_process_fd(channel_.get(), writable ? ARES_SOCKET_BAD : socket.fd,
                    writable ? socket.fd : ARES_SOCKET_BAD);
  }
}

absl::StatusOr<std::vector<HostPort>> SystemNameServers() {
  ares_channel channel = nullptr;
  if (int error = ares_init(&channel); error != ARES_SUCCESS) return SetupError(error);
  std::vector<HostPort> servers;
  ares_addr_port_node* nodes = nullptr;
  int error = ares_get_servers_ports(channel, &nodes);
  for (ares_addr_port_node* node = nodes; node != nullptr; node = node->next) {
    auto address = IpAddress::FromBytes(
        {reinterpret_cast<const uint8_t*>(&node->addr), node->family == AF_INET ? size_t{4} : size_t{16}});
    if (address.ok()) servers.push_back({address->ToString(), static_cast<uint16_t>(node->udp_port)});
  }
  ares_free_data(nodes);
  ares_destroy(channel);
  if (error != ARES_SUCCESS) return SetupError(error);
  if (servers.empty())
    return absl::FailedPreconditionError("no name server is known; --dns-servers names some");
  return servers;
}

}  // namespace nsm::proxy
