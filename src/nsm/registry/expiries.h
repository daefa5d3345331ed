// SPDX-License-Identifier: Apache-2.0
// Knows when things end, by what they are called, and calls a function when some have.
//
// Threading: thread safe. The function is called on a timer's thread, one call at a time, and may use this
// object. Whoever changes it under a lock of its own, and takes what is due under that lock, never takes what
// was given more time in between.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/core/clock.h"
#include "src/core/timer_queue.h"

namespace nsm {

class Expiries {
 public:
  // Clock and timers outlive this.
  Expiries(const Clock& clock, TimerQueue& timers, std::function<void()> on_due);
  ~Expiries() { Stop(); }
  // No call from here on; waits for one that is running. Not from there.
  void Stop();

  // Ends so long from now, whatever was said before.
  void Set(const std::string& key, absl::Duration life);
  void Clear(const std::string& key);
  // What has ended by now, in order of time, and where that is the same, in order of Set; none of it is known
  // any more.
  std::vector<std::string> TakeDue();

 private:
  class State;
  const std::shared_ptr<State> state_;  // a timer's function may come late
};

}  // namespace nsm
