// SPDX-License-Identifier: Apache-2.0
// News about the links and addresses of a namespace.
#pragma once

#include <functional>
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
    bool addresses_changed = false;
    bool missed_some = false;  // there was more than the kernel could keep: look for yourself
  };

  // In the calling thread's namespace. New and changed links are not told: there are many, nobody asks.
  static absl::StatusOr<NetworkEvents> Open();

  // Readable when there is news.
  int fd() const { return fd_.get(); }
  // All that there is now; does not wait.
  absl::StatusOr<News> Read();

 private:
  explicit NetworkEvents(UniqueFd fd) : fd_(std::move(fd)), buffer_(kBufferSize) {}

  static constexpr size_t kBufferSize = 64 << 10;
  UniqueFd fd_;
  std::vector<char> buffer_;
};

}  // namespace nsm::netlink
