// SPDX-License-Identifier: Apache-2.0
// A program beside ours that answers as upstream's did: its calls are played by a script, its monitor tells
// of the connections that the script agreed to, its registry is asked for what upstream's had said.
//
// Threading: calls come on gRPC's threads; all methods are thread safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "src/core/url.h"
#include "src/nsm/registry/memory_store.h"
#include "tests/unit/golden/call.h"

namespace nsm::golden {

// A call of our program to a peer.
struct PeerCall {
  std::string to;
  std::string method;
  nlohmann::json request;
  std::string path;  // metadata of registrations
};
// How it is answered.
using Play = std::function<Reply(const PeerCall&)>;

class Peer {
 public:
  Peer(const std::string& name, Play play);
  ~Peer();

  // Where it is reached from its own node, and from others.
  Url local() const;
  Url remote() const;
  // What a search of ours is to find from now on, or no more.
  void Know(const nlohmann::json& response);
  // An event that it sends to whoever watches it.
  void Tell(const nlohmann::json& event);
  // As if it were killed. It can be called again.
  void Stop();

 private:
  struct Parts;
  const std::unique_ptr<Parts> parts_;
};

}  // namespace nsm::golden
