// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/probe_socket.h"

#include <arpa/inet.h>
#include <linux/types.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "bpf/probe.h"
#include "src/core/socket_address.h"

namespace nsm::dataplane {
namespace {

constexpr uint32_t kVxlanHasVni = 0x08000000;  // RFC 7348
constexpr int kSendBuffer = 4 << 20;           // bytes

// Behind outer IP and UDP.
struct Packet {
  uint32_t flags;  // in network byte order, like the next one
  uint32_t vni;
  nsm_probe probe;
} __attribute__((packed));
static_assert(sizeof(Packet) == 8 + sizeof(nsm_probe));

Packet QuestionThat(bool hears) {
  Packet packet{};
  packet.flags = htonl(kVxlanHasVni);
  packet.vni = htonl(NSM_PROBE_VNI << 8);
  constexpr uint8_t kNobody[] = NSM_PROBE_MAC;
  std::copy_n(kNobody, sizeof(kNobody), packet.probe.destination);
  std::copy_n(kNobody, sizeof(kNobody), packet.probe.source);
  packet.probe.type = htons(NSM_PROBE_TYPE);
  packet.probe.kind = NSM_PROBE_QUESTION;
  packet.probe.hears = hears;
  return packet;
}

}  // namespace

absl::StatusOr<ProbeSocket> ProbeSocket::Open(const IpAddress& from, uint16_t port) {
  const SocketAddress address(from);
  UniqueFd fd(::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return absl::ErrnoToStatus(errno, "opening a socket for probes");
  auto set = [&fd](int level, int option, int value) {
    return ::setsockopt(fd.get(), level, option, &value, sizeof(value)) == 0;
  };
  // Nobody has reason to send to it; what comes is not kept. Without the others it works, too, but worse.
  (void)set(SOL_SOCKET, SO_RCVBUF, 0);
  // Questions to the dead wait for their neighbours' addresses, and must not keep back those to the living.
  (void)set(SOL_SOCKET, SO_SNDBUFFORCE, kSendBuffer);
  (void)(address.family() == AF_INET ? set(IPPROTO_IP, IP_TOS, NSM_PROBE_TOS)
                                     : set(IPPROTO_IPV6, IPV6_TCLASS, NSM_PROBE_TOS));
  // An IPv6 address that was just given is not to be bound for a second or two; both families have this.
  (void)set(IPPROTO_IP, IP_FREEBIND, 1);
  if (::bind(fd.get(), address.get(), address.size()) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("binding a socket for probes to ", from.ToString()));
  }
  return ProbeSocket(std::move(fd), port);
}

std::vector<IpAddress> ProbeSocket::Ask(const std::vector<PeerLiveness::Question>& questions) const {
  Packet packets[] = {QuestionThat(false), QuestionThat(true)};
  iovec contents[] = {{.iov_base = &packets[0], .iov_len = sizeof(Packet)},
                      {.iov_base = &packets[1], .iov_len = sizeof(Packet)}};
  std::vector<SocketAddress> to;
  std::vector<mmsghdr> messages(questions.size());
  to.reserve(questions.size());
  for (size_t i = 0; i < questions.size(); ++i) {
    to.emplace_back(questions[i].peer, port_);
    msghdr& header = messages[i].msg_hdr;
    header.msg_name = const_cast<sockaddr*>(to.back().get());
    header.msg_namelen = to.back().size();
    header.msg_iov = &contents[questions[i].hears ? 1 : 0];
    header.msg_iovlen = 1;
  }
  std::vector<IpAddress> not_asked;
  for (size_t done = 0; done < messages.size();) {
    const int sent =
        ::sendmmsg(fd_.get(), &messages[done], static_cast<unsigned>(messages.size() - done), MSG_DONTWAIT);
    if (sent > 0) {
      done += sent;
      continue;
    }
    // The first one of those was refused.
    if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) not_asked.push_back(questions[done].peer);
    ++done;
  }
  return not_asked;
}

}  // namespace nsm::dataplane
