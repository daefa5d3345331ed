// SPDX-License-Identifier: Apache-2.0
// OpenSSL writes to sockets by write(), which raises SIGPIPE where the peer is gone, and that ends a process
// which does nothing about it.
#pragma once

#include <csignal>
#include <ctime>

namespace nsm::kubernetes {

// While one lives, a write of this thread to such a socket fails with EPIPE and nothing else.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigset_t pending;
    ::sigpending(&pending);
    was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
    ::sigemptyset(&sigpipe_);
    ::sigaddset(&sigpipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &sigpipe_, &before_);
  }
  ~NoSigpipe() {
    const timespec at_once = {};
    if (!was_pending_) ::sigtimedwait(&sigpipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

 private:
  bool was_pending_ = false;
  sigset_t sigpipe_;
  sigset_t before_;
};

}  // namespace nsm::kubernetes
