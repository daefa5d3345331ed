// SPDX-License-Identifier: Apache-2.0
// An rtnetlink socket: one request, one answer.
//
// It stays in the namespace in which it was opened, whichever thread uses it, and keeps that namespace alive:
// hold none in a pod's namespace beyond one call. Not thread safe.
#pragma once

#include <netlink/socket.h>

#include <functional>
#include <initializer_list>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "src/core/ids.h"
#include "src/netlink/message.h"

namespace nsm::netlink {

class Socket {
 public:
  using Handler = std::function<void(const nlmsghdr*)>;

  // In the calling thread's namespace.
  static absl::StatusOr<Socket> Open();

  // Sends and waits for the acknowledgement. The kernel's own text, where it gives one, ends up in the
  // status. The errnos in `accepted` count as success.
  absl::Status Request(const Message& message, absl::string_view operation,
                       std::initializer_list<int> accepted = {});
  // Sends and calls `handler` for each message of the answer: one, or all of a dump (NLM_F_DUMP in the
  // request). A dump that a change has interrupted (NLM_F_DUMP_INTR) may lack something or have it twice: it
  // is asked for again, and `handler` sees the one that is whole. UNAVAILABLE: each of several tries was
  // interrupted. The errnos in `accepted` count as success.
  absl::Status Query(const Message& message, absl::string_view operation, const Handler& handler,
                     std::initializer_list<int> accepted = {});

  // SO_NETNS_COOKIE: what identifies the namespace of this socket.
  absl::StatusOr<NetnsCookie> Cookie() const;

 private:
  explicit Socket(nl_sock* socket)
      : socket_(socket), buffer_(std::make_unique_for_overwrite<char[]>(kBufferSize)) {}
  absl::Status Send(const Message& message, absl::string_view operation);
  // Calls `handler` with the answers to what was sent last, until one ends them, and answers with that one.
  absl::StatusOr<const nlmsghdr*> Receive(absl::string_view operation, const Handler& handler);

  // A dump's messages come in pieces of at most 32 KiB.
  static constexpr size_t kBufferSize = 64 << 10;
  uint32_t sequence_ = 0;  // of what was sent last
  std::unique_ptr<nl_sock, Deleter<nl_socket_free>> socket_;
  std::unique_ptr<char[]> buffer_;
};

}  // namespace nsm::netlink
