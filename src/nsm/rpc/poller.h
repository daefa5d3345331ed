// SPDX-License-Identifier: Apache-2.0
// A thread that always polls for gRPC's input and output: every ChannelPool has one, and so every program.
//
// Without it nobody may poll for 100 ms: what a program has of gRPC's callback API, its streams, is polled by
// threads of gRPC that all go for that long after a second without news (gRPC 1.51), and a server's sync
// threads poll only for what they serve. Whatever arrives meanwhile, a Request or an answer to one, waits.
#pragma once

#include <thread>

#include "grpcpp/completion_queue.h"

namespace nsm {

class Poller {
 public:
  Poller();
  ~Poller();

 private:
  grpc::CompletionQueue queue_;  // stays empty; waiting for it is what polls
  std::thread thread_;
};

}  // namespace nsm
