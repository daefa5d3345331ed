// SPDX-License-Identifier: Apache-2.0
// What a running program holds, as JSON for people and tests: one section for each thing that can leak.
//
// Sections are added before the server starts; each is made when somebody asks, one after the other as fast
// as they are read, so that only a piece of a long list is in memory.
// Threading: sections are made on a thread of this object's, one at a time.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "introspection.grpc.pb.h"
#include "nlohmann/json.hpp"
#include "src/core/worker_pool.h"
#include "src/nsm/rpc/open_streams.h"

namespace nsm {

// Open descriptors of this process by kind (socket, bpf map, netns, ...) and its number of threads.
nlohmann::json ProcessToJson();

class Introspection final : public ::nsm::introspection::Introspection::CallbackService {
 public:
  // A value.
  using Make = std::function<nlohmann::json()>;
  // The next rows of a list, as an array; an empty one is its end.
  using NextRows = std::function<nlohmann::json()>;

  // Has the sections "name" and "process".
  explicit Introspection(const std::string& name);
  void Add(const std::string& section, Make make);
  // For a list that can be long: `open` begins it.
  void AddList(const std::string& section, std::function<NextRows()> open);

  // NOT_FOUND where a section is asked for that there is not.
  grpc::ServerWriteReactor<::nsm::introspection::DumpResponse>* Dump(
      grpc::CallbackServerContext* call, const ::nsm::introspection::DumpRequest* request) override;
  // Ends all streams with UNAVAILABLE and refuses new ones; no section is made any more when it returns. Call
  // before the server's own Shutdown.
  void Shutdown();

 private:
  class Stream;
  using Sections = std::map<std::string, std::function<NextRows()>>;

  Sections sections_;
  OpenStreams<Stream> streams_;
  WorkerPool worker_{1};  // its end waits for what uses all of the above
};

}  // namespace nsm
