// SPDX-License-Identifier: Apache-2.0
// Calls to a program by the name of their method, with messages as JSON.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "google/protobuf/message.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "nlohmann/json.hpp"
#include "tests/harness/blocking_queue.h"

namespace nsm::golden {

// Protobuf JSON with the fields' own names.
nlohmann::json ToJson(const google::protobuf::Message& message);
// Fails the test where the text is not such a message.
void FromJson(const nlohmann::json& json, google::protobuf::Message& message);

// What a registry's search found, or an event of a monitor, in a few words: "nse-1", "-nse-1" where it is
// deleted; "UPDATE DOWN nse", where "nse" is the name of the path's last hop.
std::string Summary(const nlohmann::json& message);

struct Reply {
  grpc::Status status;
  nlohmann::json response = nlohmann::json::object();
  std::optional<std::string> path;  // metadata of a registration's answer
};

// A unary call. `call` has its metadata.
Reply Call(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
           const nlohmann::json& request, grpc::ClientContext& call);

// A stream of a server, read until it ends.
class Stream {
 public:
  Stream(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
         const nlohmann::json& request, std::unique_ptr<grpc::ClientContext> call);
  ~Stream();

  // The next message; none where the stream has ended, or in a time that only a failing test takes.
  std::optional<nlohmann::json> Next();
  // Ends the stream, unless the server does.
  void Cancel() { call_->TryCancel(); }
  // What it ended with. Waits for that.
  grpc::Status Finish();

 private:
  const std::unique_ptr<grpc::ClientContext> call_;
  BlockingQueue<std::optional<nlohmann::json>> messages_;  // none comes last
  bool ended_ = false;
  grpc::Status status_;
  std::thread thread_;
};

}  // namespace nsm::golden
