// SPDX-License-Identifier: Apache-2.0
// The pinned maps as C++ sees them, and the translation of keys and values.
#pragma once

#include <linux/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "bpf/types.h"
#include "src/bpf/map.h"
#include "src/core/ip_address.h"
#include "src/dataplane/op.h"
#include "src/dataplane/record.h"
#include "src/dataplane/ways_back.h"

namespace nsm::dataplane {

struct Maps {
  // `folder` is where they are pinned.
  static absl::StatusOr<Maps> Open(const std::string& folder);

  bpf::Map<uint32_t, nsm_node> node;
  bpf::Map<nsm_record_key, nsm_record> records;
  bpf::Map<uint32_t, nsm_egress> egress;
  bpf::Map<nsm_tunnel_key, nsm_ingress> ingress;
  bpf::Map<nsm_source_key, uint32_t> allowed_sources;
  bpf::Map<nsm_way_key, uint32_t> ways_back;
  bpf::Map<uint32_t, uint64_t> arrivals;
  bpf::Map<nsm_address, uint32_t> own_addresses;
  bpf::Map<nsm_address, nsm_peer> peers;
  bpf::PerCpuMap<uint32_t, nsm_traffic> traffic;
  bpf::PerCpuMap<uint32_t, uint64_t> counters;
};

nsm_address Encode(const IpAddress& address);
IpAddress Decode(const nsm_address& address);
nsm_egress Encode(const Egress& egress);
// `port`: of all tunnels of a dataplane, which its maps need not repeat.
Egress Decode(const nsm_egress& egress, uint16_t port);
nsm_tunnel_key Encode(const TunnelKey& key);
TunnelKey Decode(const nsm_tunnel_key& key);
nsm_ingress Encode(const Ingress& ingress);
Ingress Decode(const nsm_ingress& ingress);
// The prefix must be masked.
nsm_source_key EncodeSource(Ifindex index, const IpPrefix& prefix);
IpPrefix DecodeSource(const nsm_source_key& key);
// The prefix must be masked.
nsm_way_key Encode(const Way& way);
Way Decode(const nsm_way_key& key);
nsm_record_key EncodeKey(const std::string& id);
nsm_record Encode(const Record& record);
Record Decode(const nsm_record_key& key, const nsm_record& record, uint16_t port);
// Of all CPUs; zero where nothing is counted.
nsm_traffic SumOfTraffic(const Maps& maps, Ifindex index);
// All that map "records" has.
std::vector<Record> ReadRecords(const Maps& maps, uint16_t port);

}  // namespace nsm::dataplane
