// SPDX-License-Identifier: Apache-2.0
// What a running program holds, as JSON for people and tests: one section for each thing that can leak.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "introspection.grpc.pb.h"
#include "nlohmann/json.hpp"

namespace nsm {

// Open descriptors of this process by kind (socket, bpf map, netns, ...) and its number of threads.
nlohmann::json ProcessToJson();

// Sections are added before the server starts; each is made when somebody asks, on the thread of that call.
class Introspection final : public ::nsm::introspection::Introspection::Service {
 public:
  explicit Introspection(std::string name) : name_(std::move(name)) {}
  void Add(const std::string& section, std::function<nlohmann::json()> make) {
    sections_[section] = std::move(make);
  }
  nlohmann::json Dump() const;
  grpc::Status Dump(grpc::ServerContext* call, const ::nsm::introspection::DumpRequest* request,
                    ::nsm::introspection::DumpResponse* response) override;

 private:
  const std::string name_;
  std::map<std::string, std::function<nlohmann::json()>> sections_;
};

}  // namespace nsm
