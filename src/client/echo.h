// SPDX-License-Identifier: Apache-2.0
// Whether the other end of a way answers, asked by whatever this process may send: an echo request from a
// ping socket (net.ipv4.ping_group_range), else from a raw one (CAP_NET_RAW), else a TCP connection to the
// echo port, which a kernel without a server refuses at once. No ICMP error is asked for: kernels send few of
// them in a second. An echo request without an answer is followed by such a TCP connection, too: there are
// firewalls that let everything through but ICMP.
//
// Threading: none.
#pragma once

#include <poll.h>

#include <memory>
#include <string>
#include <vector>

#include "src/core/ip_address.h"

namespace nsm::client {

// From an own address to one of the other end, of one family, through that interface (any if it is empty).
struct EchoWay {
  IpAddress from;
  IpAddress to;
  std::string interface;
  bool operator==(const EchoWay&) const = default;
};

class Echo {
 public:
  enum class Means { kPingSocket, kRawSocket, kTcp };
  // The first of these that this process may use in its namespace.
  static Means Permitted(IpAddress::Family family);
  static std::unique_ptr<Echo> Make(const EchoWay& way, Means means);

  virtual ~Echo() = default;
  // What cannot be sent, because address, interface or permission is gone, is an echo that gets no answer.
  virtual void Send() = 0;
  // Whether there was an answer since the last call, to any echo of before. Does not wait.
  virtual bool TakeAnswer() = 0;
  // What to poll for an answer.
  virtual std::vector<pollfd> sockets() const = 0;
};

}  // namespace nsm::client
