// SPDX-License-Identifier: Apache-2.0
// The Kernel interface in memory: does what LinuxKernel does, remembers each step, and fails when told to.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "src/core/status_macros.h"
#include "src/dataplane/kernel.h"

namespace nsm::dataplane {

class FakeKernel final : public Kernel {
 public:
  struct Pair {
    NetnsCookie cookie;
    std::string name;
    std::string alias;
    MacAddress mac;
    uint32_t mtu = 0;
    bool pod_up = false;
    bool pod_guard = false;
    bool pod_ipv6 = false;
    bool host_up = false;
    bool host_guard = false;
    std::map<IpAddress, MacAddress> neighbors;
    std::set<IpPrefix> addresses;
    std::map<IpPrefix, std::optional<IpAddress>> routes;  // next hop by prefix: the kernel has one per prefix
    bool operator==(const Pair&) const = default;
  };
  // All that can be changed; compared before and after.
  struct State {
    std::map<std::string, Record> records;
    std::map<Ifindex, Pair> pairs;
    std::map<Ifindex, Egress> egress;
    std::map<TunnelKey, Ingress> ingress;
    std::map<Ifindex, std::set<IpPrefix>> sources;
    bool operator==(const State&) const = default;
  };

  // A namespace that can be found at `netns` from now on, in place of another one there.
  void PutNamespace(const NetnsInode& netns, NetnsCookie cookie, bool is_host = false) {
    RemoveNamespace(netns);
    namespaces[netns] = {.cookie = cookie, .is_host = is_host};
  }
  // With the pairs that end in it.
  void RemoveNamespace(const NetnsInode& netns) {
    auto found = namespaces.find(netns);
    if (found == namespaces.end()) return;
    std::erase_if(state.pairs,
                  [&](const auto& entry) { return entry.second.cookie == found->second.cookie; });
    namespaces.erase(found);
  }

  absl::StatusOr<NetnsIdentity> Identify(const NetnsInode& netns) override {
    auto found = namespaces.find(netns);
    if (found == namespaces.end()) return absl::NotFoundError(netns.ToUrl());
    return found->second;
  }

  absl::StatusOr<Observed> Observe(const Record& record) override {
    Observed observed{.record = record, .attachments = {}, .ingress = {}};
    for (int i : {0, 1}) {
      if (const auto* tunnel = std::get_if<Tunnel>(&record.legs[i])) {
        observed.ingress[i] = Get(state.ingress, TunnelKey{tunnel->remote, tunnel->vni});
      } else {
        observed.attachments[i] = Look(std::get<BuiltAttachment>(record.legs[i]));
      }
    }
    return observed;
  }

  absl::Status Do(const Op& op) override {
    if (fail_at.has_value() && (*fail_at)-- == 0) return absl::InternalError("told to fail");
    done.push_back(op);
    return std::visit([this](const auto& step) { return Run(step); }, op);
  }

  void ReleaseNamespaces() override { ++releases; }

  absl::StatusOr<std::vector<Record>> Records() override {
    std::vector<Record> records;
    for (const auto& [id, record] : state.records) records.push_back(record);
    return records;
  }
  bool HasHostEnd(Ifindex index) override { return state.pairs.contains(index); }
  absl::Status RemoveUnaccounted(const std::vector<Record>&) override { return absl::OkStatus(); }

  // The one pair with this name in a namespace; null if there is none.
  Pair* FindPair(NetnsCookie cookie, const std::string& name) {
    for (auto& [index, pair] : state.pairs) {
      if (pair.cookie == cookie && pair.name == name) return &pair;
    }
    return nullptr;
  }

  State state;
  std::map<NetnsInode, NetnsIdentity> namespaces;
  std::vector<Op> done;
  std::optional<int> fail_at;  // number of steps that still succeed; those after the failure do, too
  int taken_indexes = 0;       // so many pairs get an index that a stranger's link has
  int releases = 0;

 private:
  template <class Key, class Value>
  static std::optional<Value> Get(const std::map<Key, Value>& map, const Key& key) {
    auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }

  ObservedAttachment Look(const BuiltAttachment& attachment) {
    ObservedAttachment observed;
    observed.egress = Get(state.egress, attachment.index);
    auto sources = Get(state.sources, attachment.index).value_or(std::set<IpPrefix>{});
    observed.allowed_sources.assign(sources.begin(), sources.end());
    auto pair = state.pairs.find(attachment.index);
    if (pair == state.pairs.end()) return observed;
    observed.host_end = true;
    observed.host_up = pair->second.host_up;
    observed.host_guard = pair->second.host_guard;
    auto netns = namespaces.find(attachment.netns);
    if (netns == namespaces.end() || netns->second.cookie != attachment.cookie) return observed;
    const Pair& there = pair->second;
    observed.pod_end = ObservedPodEnd{.name = there.name,
                                      .alias = there.alias,
                                      .mtu = there.mtu,
                                      .up = there.pod_up,
                                      .guarded = there.pod_guard,
                                      .ipv6_off = !there.pod_ipv6,
                                      .mac = there.mac,
                                      .neighbors = {},
                                      .addresses = {there.addresses.begin(), there.addresses.end()},
                                      .routes = {}};
    for (const auto& [address, mac] : there.neighbors) {
      observed.pod_end->neighbors.push_back({.address = address, .mac = mac});
    }
    for (const auto& [prefix, next_hop] : there.routes) {
      observed.pod_end->routes.push_back({.prefix = prefix, .next_hop = next_hop});
    }
    return observed;
  }

  absl::StatusOr<Pair*> PodEnd(const BuiltAttachment& attachment) {
    auto netns = namespaces.find(attachment.netns);
    auto pair = state.pairs.find(attachment.index);
    if (netns == namespaces.end() || netns->second.cookie != attachment.cookie || pair == state.pairs.end()) {
      return absl::NotFoundError(absl::StrCat("no ", attachment.name, " in ", attachment.netns.ToUrl()));
    }
    return &pair->second;
  }

  absl::Status Run(const PutRecord& op) { return Put(state.records, op.record.id, op.record); }
  absl::Status Run(const DropRecord& op) { return Erase(state.records, op.id); }
  absl::Status Run(const CreatePair& op) {
    if (taken_indexes-- > 0) return absl::AbortedError("the index is taken");
    if (FindPair(op.attachment.cookie, op.attachment.name) != nullptr) {
      return absl::AlreadyExistsError(op.attachment.name);
    }
    Pair pair;
    pair.cookie = op.attachment.cookie;
    pair.name = op.attachment.name;
    pair.mtu = op.mtu;
    return Put(state.pairs, op.attachment.index, pair);
  }
  absl::Status Run(const DoomPair& op) { return Erase(state.pairs, op.attachment.index); }
  absl::Status Run(const AttachHostGuard& op) {
    state.pairs.at(op.index).host_guard = true;
    return absl::OkStatus();
  }
  absl::Status Run(const RaiseHostEnd& op) {
    state.pairs.at(op.index).host_up = true;
    return absl::OkStatus();
  }
  absl::Status Run(const SetMtu& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->mtu = op.mtu;
    return absl::OkStatus();
  }
  absl::Status Run(const AttachPodGuard& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->pod_guard = true;
    return absl::OkStatus();
  }
  absl::Status Run(const DetachPodGuard& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->pod_guard = false;
    return absl::OkStatus();
  }
  absl::Status Run(const ConfigurePodEnd& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->alias = op.alias;
    pair->pod_up = true;
    pair->pod_ipv6 = op.ipv6;
    if (!op.mac.has_value()) return absl::OkStatus();
    pair->mac = *op.mac;
    pair->neighbors.clear();
    return absl::OkStatus();
  }
  absl::Status Run(const AddNeighbor& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    return Put(pair->neighbors, op.neighbor.address, op.neighbor.mac);
  }
  absl::Status Run(const RemoveNeighbor& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    return Erase(pair->neighbors, op.neighbor.address);
  }
  absl::Status Run(const AddAddress& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->addresses.insert(op.prefix);
    return absl::OkStatus();
  }
  absl::Status Run(const RemoveAddress& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->addresses.erase(op.prefix);
    return absl::OkStatus();
  }
  absl::Status Run(const AddRoute& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->routes[op.route.prefix] = op.route.next_hop;
    return absl::OkStatus();
  }
  absl::Status Run(const RemoveRoute& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->routes.erase(op.route.prefix);
    return absl::OkStatus();
  }
  absl::Status Run(const AllowSource& op) {
    state.sources[op.index].insert(op.prefix);
    return absl::OkStatus();
  }
  absl::Status Run(const DisallowSource& op) {
    auto& sources = state.sources[op.index];
    sources.erase(op.prefix);
    if (sources.empty()) state.sources.erase(op.index);
    return absl::OkStatus();
  }
  absl::Status Run(const DisallowAllSources& op) { return Erase(state.sources, op.index); }
  absl::Status Run(const PutEgress& op) { return Put(state.egress, op.index, op.egress); }
  absl::Status Run(const DropEgress& op) { return Erase(state.egress, op.index); }
  absl::Status Run(const PutIngress& op) { return Put(state.ingress, op.key, op.ingress); }
  absl::Status Run(const DropIngress& op) { return Erase(state.ingress, op.key); }

  template <class Map>
  static absl::Status Put(Map& map, const typename Map::key_type& key,
                          const typename Map::mapped_type& value) {
    map[key] = value;
    return absl::OkStatus();
  }
  template <class Map>
  static absl::Status Erase(Map& map, const typename Map::key_type& key) {
    map.erase(key);
    return absl::OkStatus();
  }
};

}  // namespace nsm::dataplane
