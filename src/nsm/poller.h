// SPDX-License-Identifier: Apache-2.0
// A thread that always polls for gRPC's input and output, one in each program that serves or calls.
//
// gRPC 1.51 leaves a program without any for 100 ms after every second without stream messages: a server that
// has both streams and unary calls is polled by the two threads of its streams alone, and these pause at the
// same time. Whatever arrives meanwhile, a Request or an answer to one, waits until they are back.
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
