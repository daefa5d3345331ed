// SPDX-License-Identifier: Apache-2.0
// A dataplane that only remembers, and fails when told to.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/dataplane/dataplane.h"

namespace nsm::dataplane {

class FakeDataplane final : public Dataplane {
 public:
  absl::Status Apply(const CrossConnect& cross_connect) override {
    applied.push_back(cross_connect);
    absl::Status answer;
    if (!apply_answers.empty()) {
      answer = apply_answers.front();
      apply_answers.pop_front();
    }
    if (!answer.ok()) return answer;
    live[cross_connect.id] = cross_connect;
    reserved.erase(cross_connect.id);
    return answer;
  }
  absl::Status Remove(const std::string& id) override {
    removed.push_back(id);
    live.erase(id);
    reserved.erase(id);
    return remove_answer;
  }
  std::optional<CrossConnect> Find(const std::string& id) override {
    auto found = live.find(id);
    if (found == live.end()) return std::nullopt;
    return found->second;
  }
  absl::StatusOr<std::optional<std::string>> FindClient(const Attachment& wanted) override {
    clients_wanted.push_back(wanted);
    return client;
  }
  absl::StatusOr<Vni> ReserveVni(const std::string& id, const IpAddress&, bool prefer_even) override {
    reserved.insert(id);
    return prefer_even ? even : odd;
  }
  void ReleaseVni(const std::string& id) override { reserved.erase(id); }
  absl::StatusOr<uint32_t> TunnelMtu(const IpAddress&) override { return tunnel_mtu; }
  void OnAttachmentLost(std::function<void(const dataplane::Loss&)>) override {}
  void OnPeerLost(std::function<void(const IpAddress&, const std::vector<std::string>&)>) override {}
  nlohmann::json Dump() override { return nlohmann::json::object(); }

  Vni even{100};
  Vni odd{101};
  absl::StatusOr<uint32_t> tunnel_mtu = 1450;
  std::deque<absl::Status> apply_answers;  // one for each call; OK when there is none left
  absl::Status remove_answer;
  absl::StatusOr<std::optional<std::string>> client{std::nullopt};  // the answer of FindClient
  std::vector<Attachment> clients_wanted;                           // all that it was asked for
  std::vector<CrossConnect> applied;                                // all that were asked for
  std::vector<std::string> removed;
  std::map<std::string, CrossConnect> live;
  std::set<std::string> reserved;  // ids that hold a VNI and are not live
};

}  // namespace nsm::dataplane
