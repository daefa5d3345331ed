// SPDX-License-Identifier: Apache-2.0
// Plays one scene: our program is asked what upstream's was asked, by the same callers in the same order; the
// programs beside it answer it as upstream's answered. What it answers, tells its watchers and asks the next
// hop must be what upstream's did, but for the table of differences.
//
// What our program looks up and watches itself is not compared, since it caches and shares: it finds what
// upstream's found, and hears what upstream's heard.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "src/core/mutex.h"
#include "tests/unit/golden/call.h"
#include "tests/unit/golden/difference.h"
#include "tests/unit/golden/peer.h"
#include "tests/unit/golden/program.h"
#include "tests/unit/golden/scene.h"
#include "tests/unit/golden/transcript.h"
#include "tests/unit/golden/vocabulary.h"

namespace nsm::golden {

class Replay {
 public:
  explicit Replay(const Scene& scene);
  ~Replay();
  // Fails the current test for everything that differs and is not in the table, and for rows of the table
  // that did not show. Returns how many records were compared.
  int Run();

 private:
  // A stream that is open to our program.
  struct Watch {
    std::unique_ptr<Stream> stream;
    bool is_watch = false;                  // goes on until its reader ends it
    std::deque<nlohmann::json> found = {};  // what a search without watch told, less what was compared
  };

  Peer& PeerOf(const std::string& name);
  std::unique_ptr<grpc::ClientContext> Metadata(const Record& record);
  const std::shared_ptr<grpc::Channel>& ChannelOf(const std::string& caller);

  void Step(size_t index);
  // To our program, by others.
  void PlayCall(size_t index);
  void PlayOpen(const Record& record);
  void PlayMessage(const Record& record);
  void PlayEnd(const Record& record);
  // By our program, to others: what upstream's answered to this call.
  Reply Answer(const PeerCall& call) EXCLUDES(mutex_);
  // What our program can find once the call at `index` is on its way.
  void LetFind(size_t index);

  std::optional<nlohmann::json> NextMessage(const Record& record, Watch& watch, const std::string& wanted);
  void Compare(const Record& record, const std::string& place, const nlohmann::json& recorded,
               const nlohmann::json& ours);
  void ComparePath(const Record& record, const std::string& place, const std::string& recorded,
                   const std::string& ours);
  // Whether that is in the table.
  bool Explain(const Record& record, const std::string& place, const std::string& upstream,
               const std::string& ours) EXCLUDES(mutex_);
  // Of one value: a failure, unless it is in the table.
  void Differ(const Record& record, const std::string& place, const std::string& upstream,
              const std::string& ours);

  const Scene& scene_;
  const std::vector<Record> records_;
  std::map<std::string, std::unique_ptr<Peer>> peers_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Vocabulary> words_;
  std::map<bool, std::shared_ptr<grpc::Channel>> channels_;  // by whether it is remote
  std::map<std::string, Watch> watches_;
  size_t known_ = 0;  // records up to here have told our program what there is to find
  // What peers have let it find last: peer, name.
  std::map<std::pair<std::string, std::string>, nlohmann::json> said_;
  std::atomic<int> compared_ = 0;

  Mutex mutex_;
  const Record* asked_ GUARDED_BY(mutex_) = nullptr;        // by others, now
  std::vector<const Record*> expected_ GUARDED_BY(mutex_);  // calls of our program meanwhile
  Differences differences_ GUARDED_BY(mutex_);
};

}  // namespace nsm::golden
