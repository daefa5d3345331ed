// SPDX-License-Identifier: Apache-2.0
// News about the links and addresses of a namespace, and about damage also in other namespaces.
//
// Others are heard where this one has an id for them, as the kernel gives it to the namespace of a veth
// pair's other end (NETLINK_LISTEN_ALL_NSID; not without CAP_NET_BROADCAST). An id keeps no namespace alive.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "src/core/ids.h"
#include "src/core/unique_fd.h"

namespace nsm::netlink {

class NetworkEvents {
 public:
  struct News {
    std::vector<Ifindex> links_gone;
    // Set down, or without an address, a route of ours, a queueing discipline or a filter that they had, and
    // those with the bit in their index also without a neighbour. Of other namespaces in a list of
    // its own, since an index says little without its namespace.
    std::vector<Ifindex> links_hurt;
    std::vector<Ifindex> links_hurt_elsewhere;
    bool addresses_changed = false;
    // A route over IPv4, or a link without that bit, so that packets may go another way.
    bool ways_changed = false;
    bool missed_some = false;  // there was more than the kernel could keep: look for yourself
  };

  // In the calling thread's namespace. What is new is not told, with the exception of what links with no such
  // bit in their index are and have: there is much of it, nobody asks.
  static absl::StatusOr<NetworkEvents> Open(uint32_t index_bit);

  // Readable when there is news.
  int fd() const { return fd_.get(); }
  // All that there is now; does not wait.
  absl::StatusOr<News> Read();

 private:
  NetworkEvents(UniqueFd fd, uint32_t index_bit)
      : fd_(std::move(fd)), index_bit_(index_bit), buffer_(kBufferSize) {}

  static constexpr size_t kBufferSize = 64 << 10;
  UniqueFd fd_;
  uint32_t index_bit_;
  std::vector<char> buffer_;
};

}  // namespace nsm::netlink
