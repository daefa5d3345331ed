// SPDX-License-Identifier: Apache-2.0
#include "src/dataplane/dump.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "bpf/counters.h"

namespace nsm::dataplane {
namespace {

constexpr const char* kCounterNames[] = {
#define NSM_COUNTER_NAME(name) #name,
    NSM_COUNTERS(NSM_COUNTER_NAME)
#undef NSM_COUNTER_NAME
};

nlohmann::json DumpTraffic(const Maps& maps, Ifindex index) {
  const nsm_traffic sum = SumOfTraffic(maps, index);
  return {{"packets_sent", sum.packets_sent},
          {"bytes_sent", sum.bytes_sent},
          {"packets_received", sum.packets_received},
          {"bytes_received", sum.bytes_received},
          {"fast_sent", sum.fast_sent},
          {"fast_received", sum.fast_received}};
}

nlohmann::json DumpLeg(const BuiltLeg& leg, const Maps& maps) {
  if (const auto* tunnel = std::get_if<Tunnel>(&leg)) {
    return {{"kind", "tunnel"},
            {"local", tunnel->local.ToString()},
            {"remote", tunnel->remote.ToString()},
            {"port", tunnel->port},
            {"vni", tunnel->vni.value}};
  }
  const auto& built = std::get<BuiltAttachment>(leg);
  return {{"kind", "attachment"},         {"netns", built.netns.ToUrl()},
          {"cookie", built.cookie.value}, {"name", built.name},
          {"ifindex", built.index.value}, {"traffic", DumpTraffic(maps, built.index)}};
}

}  // namespace

nlohmann::json DumpRecord(const Record& record, const Maps& maps) {
  return {{"id", record.id},
          {"expiry", absl::FormatTime(record.expiry, absl::UTCTimeZone())},
          {"payload", record.payload == Payload::kIp ? "IP" : "ETHERNET"},
          {"guarded", record.guarded},
          {"mtu", record.mtu},
          {"peer_answers_probes", record.peer_answers},
          {"client", DumpLeg(record.legs[0], maps)},
          {"endpoint", DumpLeg(record.legs[1], maps)}};
}

nlohmann::json DumpVnis(const std::vector<VniAllocator::Use>& uses) {
  nlohmann::json list = nlohmann::json::array();
  for (const VniAllocator::Use& use : uses) {
    list.push_back({{"remote", use.key.remote.ToString()},
                    {"vni", use.key.vni.value},
                    {"id", use.id},
                    {"state", use.live ? "live" : "reserved"}});
  }
  return list;
}

nlohmann::json DumpPeers(const Maps& maps) {
  nlohmann::json list = nlohmann::json::array();
  for (const nsm_address& key : maps.peers.Keys()) {
    const std::optional<nsm_peer> peer = maps.peers.Find(key);
    if (!peer.has_value()) continue;
    nlohmann::json json{{"address", Decode(key).ToString()},
                        {"fast_path", peer->ifindex != 0},
                        {"has_answered", peer->answered != 0}};
    if (peer->ifindex != 0) {
      json["next_hop"] = Decode(peer->next_hop).ToString();
      json["ifindex"] = peer->ifindex;
      json["mtu"] = peer->mtu;
    }
    if (peer->narrow != 0) json["narrow"] = peer->narrow;
    list.push_back(std::move(json));
  }
  return list;
}

nlohmann::json DumpCounters(const Maps& maps) {
  nlohmann::json counters = nlohmann::json::object();
  for (uint32_t i = NSM_COUNTER_none + 1; i < NSM_COUNTER_COUNT; ++i) {
    uint64_t sum = 0;
    for (uint64_t part : maps.counters.Find(i)) sum += part;
    if (sum != 0) counters[kCounterNames[i]] = sum;
  }
  return counters;
}

nlohmann::json DumpMapEntries(const Maps& maps) {
  return {{"records", maps.records.Keys().size()},
          {"egress", maps.egress.Keys().size()},
          {"ingress", maps.ingress.Keys().size()},
          {"allowed_sources", maps.allowed_sources.Keys().size()},
          {"ways_back", maps.ways_back.Keys().size()},
          {"arrivals", maps.arrivals.Keys().size()},
          {"own_addresses", maps.own_addresses.Keys().size()},
          {"peers", maps.peers.Keys().size()},
          {"traffic", maps.traffic.Keys().size()}};
}

}  // namespace nsm::dataplane
