// SPDX-License-Identifier: Apache-2.0
// The Kernel interface in memory: does what LinuxKernel does (tests/harness/kernel_contract.h), remembers
// each step, and fails when told to.
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
#include "tests/harness/fake_pod_end.h"

namespace nsm::dataplane {

class FakeKernel final : public Kernel {
 public:
  struct Pair : FakePodEnd {
    NetnsCookie cookie;
    bool host_up = false;
    bool host_guard = false;
    uint32_t host_mtu = 1500;
    MacAddress host_mac;
    bool operator==(const Pair&) const = default;
  };
  // All that can be changed; compared before and after.
  struct State {
    std::map<std::string, Record> records;
    std::map<Ifindex, Pair> pairs;
    std::map<Ifindex, Egress> egress;
    std::map<TunnelKey, Ingress> ingress;
    std::map<Ifindex, std::set<IpPrefix>> sources;
    std::map<Ifindex, std::set<IpPrefix>> ways_back;
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
    links.erase(found->second.cookie);
    routes.erase(found->second.cookie);
    namespaces.erase(found);
  }
  // Deletes what is doomed.
  void Reap() { doomed.clear(); }

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

  absl::StatusOr<std::vector<PodRoute>> FindRoutes(const NetnsInode& netns, const IpPrefix& prefix) override {
    ASSIGN_OR_RETURN(NetnsIdentity identity, Identify(netns));
    std::vector<PodRoute> found;
    auto add = [&](const PodRoute& route) {
      if (route.prefix.Contains(prefix) || prefix.Contains(route.prefix)) found.push_back(route);
    };
    for (const IpPrefix& own : routes[identity.cookie]) add({.prefix = own, .index = {2}});
    for (const auto& [index, pair] : state.pairs) {
      if (pair.cookie != identity.cookie) continue;
      for (const IpPrefix& own : pair.addresses) {
        if (IpPrefix::Host(own.address()) == prefix) return std::vector<PodRoute>{};
      }
      for (const auto& [to, next_hop] : pair.routes) {
        const bool beyond = next_hop.has_value() || to.length() < to.address().bits();
        add({.prefix = to, .index = PodIndex(index), .beyond = beyond});
      }
    }
    if (found.empty() || prefix.length() < prefix.address().bits()) return found;
    return std::vector<PodRoute>{*std::max_element(
        found.begin(), found.end(),
        [](const auto& a, const auto& b) { return a.prefix.length() < b.prefix.length(); })};
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
  absl::Status RemoveUnaccounted(const std::vector<Record>& records) override {
    std::set<Ifindex> indexes;
    std::set<TunnelKey> tunnels;
    for (const Record& record : records) {
      for (const BuiltLeg& leg : record.legs) {
        if (const auto* tunnel = std::get_if<Tunnel>(&leg)) tunnels.insert({tunnel->remote, tunnel->vni});
        if (const auto* built = std::get_if<BuiltAttachment>(&leg)) indexes.insert(built->index);
      }
    }
    auto has_no_index = [&](const auto& entry) { return !indexes.contains(entry.first); };
    std::erase_if(state.pairs, has_no_index);
    std::erase_if(state.egress, has_no_index);
    std::erase_if(state.sources, has_no_index);
    std::erase_if(state.ways_back, has_no_index);
    std::erase_if(state.ingress, [&](const auto& entry) { return !tunnels.contains(entry.first); });
    return absl::OkStatus();
  }

  // The one pair with this name in a namespace; null if there is none.
  Pair* FindPair(NetnsCookie cookie, const std::string& name) {
    for (auto& [index, pair] : state.pairs) {
      if (pair.cookie == cookie && pair.name == name) return &pair;
    }
    return nullptr;
  }

  State state;
  std::map<NetnsInode, NetnsIdentity> namespaces;
  std::map<NetnsCookie, std::set<std::string>> links;   // names that others have; each namespace has lo
  std::map<NetnsCookie, std::vector<IpPrefix>> routes;  // of others
  std::set<Ifindex> doomed;
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
    auto ways = Get(state.ways_back, attachment.index).value_or(std::set<IpPrefix>{});
    observed.ways_back.assign(ways.begin(), ways.end());
    auto pair = state.pairs.find(attachment.index);
    if (pair == state.pairs.end()) return observed;
    observed.host_end = true;
    observed.host_up = pair->second.host_up;
    observed.host_guard = pair->second.host_guard;
    observed.host_mtu = pair->second.host_mtu;
    observed.host_mac = pair->second.host_mac;
    auto netns = namespaces.find(attachment.netns);
    if (netns == namespaces.end() || netns->second.cookie != attachment.cookie) return observed;
    const Pair& there = pair->second;
    observed.pod_end = ObservedPodEnd{.name = there.name,
                                      .alias = there.alias,
                                      .mtu = there.mtu,
                                      .up = there.up,
                                      .guarded = there.guarded,
                                      .arrivals = there.arrivals,
                                      .ipv6_off = !there.ipv6,
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

  bool IsTaken(NetnsCookie cookie, const std::string& name) {
    auto others = links.find(cookie);
    return name == "lo" || (others != links.end() && others->second.contains(name)) ||
           FindPair(cookie, name) != nullptr;
  }

  absl::StatusOr<Pair*> PairAt(Ifindex index) {
    auto pair = state.pairs.find(index);
    if (pair == state.pairs.end()) return absl::NotFoundError(absl::StrCat("no link ", index.value));
    return &pair->second;
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
    const Ifindex index = op.attachment.index;
    auto netns = namespaces.find(op.attachment.netns);
    if (netns == namespaces.end() || netns->second.cookie != op.attachment.cookie) {
      return absl::NotFoundError(op.attachment.netns.ToUrl());
    }
    if (taken_indexes-- > 0 || state.pairs.contains(index) || doomed.contains(index)) {
      return absl::AbortedError("the index is taken");
    }
    if (IsTaken(op.attachment.cookie, op.attachment.name))
      return absl::AlreadyExistsError(op.attachment.name);
    Pair pair;
    pair.cookie = op.attachment.cookie;
    pair.name = op.attachment.name;
    // As good as any.
    pair.mac = {{2, 0xfe, static_cast<uint8_t>(index.value >> 16), static_cast<uint8_t>(index.value >> 8),
                 static_cast<uint8_t>(index.value), 1}};
    if (op.mac.has_value()) {
      RETURN_IF_ERROR(pair.SetMac(*op.mac));
      pair.host_mac = *op.mac;
    }
    if (op.mtu != 0) {
      RETURN_IF_ERROR(pair.SetMtu(op.mtu));
      pair.host_mtu = op.mtu;
    }
    return Put(state.pairs, index, pair);
  }
  absl::Status Run(const DoomPair& op) {
    if (state.pairs.erase(op.attachment.index) != 0) doomed.insert(op.attachment.index);
    return absl::OkStatus();
  }
  absl::Status Run(const AttachHostGuard& op) {
    ASSIGN_OR_RETURN(Pair * pair, PairAt(op.index));
    pair->host_guard = true;
    return absl::OkStatus();
  }
  absl::Status Run(const RaiseHostEnd& op) {
    ASSIGN_OR_RETURN(Pair * pair, PairAt(op.index));
    pair->host_up = true;
    return absl::OkStatus();
  }
  absl::Status Run(const SetMtu& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    RETURN_IF_ERROR(pair->SetMtu(op.mtu));
    pair->host_mtu = op.mtu;
    return absl::OkStatus();
  }
  absl::Status Run(const AttachPodGuard& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->guarded = true;
    return absl::OkStatus();
  }
  absl::Status Run(const AttachArrivalGuard& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    pair->arrivals = true;
    return absl::OkStatus();
  }
  absl::Status Run(const ConfigurePodEnd& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    if (op.settings.mac.has_value()) RETURN_IF_ERROR(pair->SetMac(*op.settings.mac));
    RETURN_IF_ERROR(pair->SetAlias(op.settings.alias));
    pair->SetIpv6(op.settings.ipv6);
    pair->SetUp(true);
    return absl::OkStatus();
  }
  absl::Status Run(const AddNeighbor& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    return pair->AddNeighbor(op.neighbor);
  }
  absl::Status Run(const AddAddress& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    return pair->AddAddress(op.prefix);
  }
  absl::Status Run(const AddRoute& op) {
    ASSIGN_OR_RETURN(Pair * pair, PodEnd(op.attachment));
    return pair->AddRoute(op.route);
  }
  absl::Status Run(const DetachPodGuard& op) {
    if (auto pair = PodEnd(op.attachment); pair.ok()) (*pair)->guarded = false;
    return absl::OkStatus();
  }
  absl::Status Run(const DetachArrivalGuard& op) {
    if (auto pair = PodEnd(op.attachment); pair.ok()) (*pair)->arrivals = false;
    return absl::OkStatus();
  }
  absl::Status Run(const RemoveNeighbor& op) {
    if (auto pair = PodEnd(op.attachment); pair.ok()) (*pair)->neighbors.erase(op.neighbor.address);
    return absl::OkStatus();
  }
  absl::Status Run(const RemoveAddress& op) {
    if (auto pair = PodEnd(op.attachment); pair.ok()) (*pair)->RemoveAddress(op.prefix);
    return absl::OkStatus();
  }
  absl::Status Run(const RemoveRoute& op) {
    if (auto pair = PodEnd(op.attachment); pair.ok()) (*pair)->RemoveRoute(op.route);
    return absl::OkStatus();
  }
  absl::Status Run(const AllowSource& op) { return Note(state.sources, op.index, op.prefix); }
  absl::Status Run(const DisallowSource& op) { return Strike(state.sources, op.index, op.prefix); }
  absl::Status Run(const DisallowAllSources& op) { return Erase(state.sources, op.index); }
  absl::Status Run(const AddWayBack& op) { return Note(state.ways_back, op.attachment.index, op.prefix); }
  absl::Status Run(const RemoveWayBack& op) {
    return Strike(state.ways_back, op.attachment.index, op.prefix);
  }
  absl::Status Run(const RemoveAllWaysBack& op) { return Erase(state.ways_back, op.index); }
  absl::Status Run(const PutEgress& op) { return Put(state.egress, op.index, op.egress); }
  absl::Status Run(const DropEgress& op) { return Erase(state.egress, op.index); }
  absl::Status Run(const PutIngress& op) { return Put(state.ingress, op.key, op.ingress); }
  absl::Status Run(const DropIngress& op) { return Erase(state.ingress, op.key); }

  using Prefixes = std::map<Ifindex, std::set<IpPrefix>>;
  static absl::Status Note(Prefixes& prefixes, Ifindex index, const IpPrefix& prefix) {
    prefixes[index].insert(prefix);
    return absl::OkStatus();
  }
  static absl::Status Strike(Prefixes& prefixes, Ifindex index, const IpPrefix& prefix) {
    auto of_index = prefixes.find(index);
    if (of_index == prefixes.end()) return absl::OkStatus();
    of_index->second.erase(prefix);
    if (of_index->second.empty()) prefixes.erase(of_index);
    return absl::OkStatus();
  }
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
