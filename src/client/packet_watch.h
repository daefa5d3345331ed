// SPDX-License-Identifier: Apache-2.0
// Looks all the time whether connections carry packets, by an echo on each of their ways in every interval.
//
// A way whose echoes were answered and which leaves kMostUnanswered in a row without an answer is dead. It is
// echoes that are counted, not time: a host that is too busy to send them, or to look, declares nothing dead.
// One echo in four that gets through is enough, so a path that loses one packet in ten is taken for dead once
// in several hours, and one that loses one in a hundred never. An end that never answers may be one that
// answers no echoes; so that is told apart.
//
// Threading: thread safe; a thread of its own, also for the callbacks. These must not block and not call
// back. After Forget there are none.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "src/client/echo.h"
#include "src/core/mutex.h"

namespace nsm::client {

inline constexpr int kMostUnanswered = 4;

enum class Packets {
  kUnknown,      // nothing to look at, or not looked at for long enough
  kComeThrough,  // on at least one way, and on all on which they did
  kStopped,      // on a way on which they did
  kNeverCame,    // on any way
};

// What became of the echoes on one way.
struct EchoHistory {
  bool was_answered = false;  // ever
  int unanswered = 0;         // the last ones
};
Packets Judge(const std::vector<EchoHistory>& ways);

class PacketWatch {
 public:
  using Callback = std::function<void(Packets packets)>;

  explicit PacketWatch(absl::Duration interval);
  ~PacketWatch();

  // From now on, until Forget: tells `callback` every change, beginning at kUnknown. Ways that are watched
  // already under this id go on with what is known of them; other ones begin anew.
  void Watch(const std::string& id, const std::vector<EchoWay>& ways, Callback callback) EXCLUDES(mutex_);
  void Forget(const std::string& id) EXCLUDES(mutex_);

 private:
  struct Watched {
    std::vector<EchoWay> ways;
    std::vector<std::unique_ptr<Echo>> echoes;
    std::vector<EchoHistory> histories;
    Packets told = Packets::kUnknown;
    Callback callback;
  };
  void Run() EXCLUDES(mutex_);
  static void Look(Watched& watched);

  const absl::Duration interval_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::map<std::string, Watched> watched_ GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace nsm::client
