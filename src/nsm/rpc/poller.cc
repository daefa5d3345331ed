// SPDX-License-Identifier: Apache-2.0
#include "src/nsm/rpc/poller.h"

namespace nsm {

Poller::Poller()
    : thread_([this] {
        void* tag;
        bool ok;
        while (queue_.Next(&tag, &ok)) {
        }
      }) {}

Poller::~Poller() {
  queue_.Shutdown();
  thread_.join();
}

}  // namespace nsm
