// SPDX-License-Identifier: Apache-2.0
#include "src/client/packet_watch.h"

#include <algorithm>
#include <utility>

namespace nsm::client {

Packets Judge(const std::vector<EchoHistory>& ways) {
  bool any_answered = false;
  bool any_unknown = ways.empty();
  for (const EchoHistory& way : ways) {
    const bool is_silent = way.unanswered >= kMostUnanswered;
    if (way.was_answered && is_silent) return Packets::kStopped;
    any_answered = any_answered || way.was_answered;
    any_unknown = any_unknown || !is_silent;
  }
  if (any_answered) return Packets::kComeThrough;
  return any_unknown ? Packets::kUnknown : Packets::kNeverCame;
}

PacketWatch::PacketWatch(absl::Duration interval) : interval_(interval), thread_([this] { Run(); }) {}

PacketWatch::~PacketWatch() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    stop_.NotifyAll();
  }
  thread_.join();
}

void PacketWatch::Watch(const std::string& id, const std::vector<EchoWay>& ways, Callback callback) {
  MutexLock lock(mutex_);
  Watched& watched = watched_[id];
  watched.callback = std::move(callback);
  if (watched.ways == ways) return;
  watched.ways = ways;
  watched.echoes.clear();
  for (const EchoWay& way : ways) {
    watched.echoes.push_back(Echo::Make(way, Echo::Permitted(way.from.family())));
    watched.echoes.back()->Send();
  }
  watched.histories.assign(ways.size(), {});
  watched.told = Packets::kUnknown;
}

void PacketWatch::Forget(const std::string& id) {
  MutexLock lock(mutex_);
  watched_.erase(id);
}

void PacketWatch::Run() {
  MutexLock lock(mutex_);
  while (!stopping_) {
    // Woken before its time there is nothing to look at yet.
    if (stop_.WaitFor(mutex_, interval_)) continue;
    for (auto& [id, watched] : watched_) Look(watched);
  }
}

void PacketWatch::Look(Watched& watched) {
  for (size_t i = 0; i < watched.echoes.size(); ++i) {
    EchoHistory& history = watched.histories[i];
    if (watched.echoes[i]->TakeAnswer()) {
      history = {.was_answered = true, .unanswered = 0};
    } else {
      ++history.unanswered;
    }
    watched.echoes[i]->Send();
  }
  const Packets packets = Judge(watched.histories);
  if (std::exchange(watched.told, packets) != packets) watched.callback(packets);
}

}  // namespace nsm::client
