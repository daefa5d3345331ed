// SPDX-License-Identifier: Apache-2.0
// Filters of the calling thread's namespace.
#pragma once

#include <gtest/gtest.h>

#include "src/netlink/filter.h"

namespace nsm::testing {

inline netlink::Socket SocketHere() {
  auto socket = netlink::Socket::Open();
  EXPECT_TRUE(socket.ok()) << socket.status();
  return *std::move(socket);
}

// The kernel's number of the program there; 0: none.
inline uint32_t FilterAt(const netlink::FilterPlace& place) {
  netlink::Socket socket = SocketHere();
  auto program = netlink::FindFilter(socket, place);
  EXPECT_TRUE(program.ok()) << program.status();
  return program.value_or(0);
}

inline absl::Status EnsureFilterAt(const netlink::FilterPlace& place, int program) {
  netlink::Socket socket = SocketHere();
  return netlink::EnsureFilter(socket, place, program);
}

}  // namespace nsm::testing
