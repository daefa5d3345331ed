// SPDX-License-Identifier: Apache-2.0
// The streams that a gRPC service has open, so that all can be ended when the program stops.
//
// Threading: thread safe. A stream is in the set from Open until it says that it is over, which its reactor's
// last callback does.
#pragma once

#include <set>

#include "grpcpp/support/status.h"
#include "src/core/mutex.h"

namespace nsm {

template <typename Stream>
class OpenStreams {
 public:
  // False, and the stream has ended with UNAVAILABLE, after Shutdown.
  bool Open(Stream& stream) EXCLUDES(mutex_) {
    {
      MutexLock lock(mutex_);
      if (!stopping_) return streams_.insert(&stream).second;
    }
    stream.End(Stopping());
    return false;
  }
  void OnOver(Stream& stream) EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    streams_.erase(&stream);
  }
  // Ends all streams with UNAVAILABLE (upstream's clients stop healing on CANCELLED) and refuses new ones.
  void Shutdown() EXCLUDES(mutex_) {
    MutexLock lock(mutex_);
    stopping_ = true;
    for (Stream* stream : streams_) stream->End(Stopping());
  }

 private:
  static grpc::Status Stopping() { return {grpc::StatusCode::UNAVAILABLE, "this program is stopping"}; }

  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::set<Stream*> streams_ GUARDED_BY(mutex_);
};

}  // namespace nsm
