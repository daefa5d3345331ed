// SPDX-License-Identifier: Apache-2.0
// What schema 1 has pinned. It is in kernels as it is: do not change it (schema.h).
#pragma once

#include <cstdint>

#include "src/dataplane/schema.h"

namespace nsm::dataplane {

namespace schema_1 {

struct Node {
  uint32_t schema_version;  // 0: nothing was made yet
  uint32_t vxlan_ifindex;
  uint16_t port;
  uint8_t padding[6];
};
static_assert(sizeof(Node) == 16);

struct Egress {
  uint32_t remote[4];
  uint32_t local[4];
  uint32_t vni;
  uint32_t peer_ifindex;
  uint32_t mtu;
  uint16_t port;
  uint8_t kind;
  uint8_t payload;
  uint8_t guarded;
  uint8_t padding[7];
};
static_assert(sizeof(Egress) == 56);

struct Ingress {
  uint32_t local[4];
  uint32_t ifindex;
  uint8_t payload;
  uint8_t padding[3];
};
static_assert(sizeof(Ingress) == 24);

struct Leg {
  uint32_t remote[4];
  uint32_t local[4];
  uint64_t netns_device;
  uint64_t netns_inode;
  uint64_t netns_cookie;
  uint32_t host_ifindex;
  uint32_t pod_ifindex;
  uint32_t vni;
  uint16_t port;
  uint8_t kind;
  uint8_t padding;
  char name[16];
};
static_assert(sizeof(Leg) == 88);

struct Record {
  char id[64];
  int64_t expiry;
  uint32_t schema_version;
  uint32_t mtu;
  uint8_t payload;
  uint8_t guarded;
  uint8_t padding[6];
  Leg legs[2];
};
static_assert(sizeof(Record) == 264);

}  // namespace schema_1

// To schema 2, which leaves out what no program reads: port, MTU and payload beside where they are needed,
// the pod end's index, which follows from the host end's, a record's id, which is its key, and numbers of the
// schema, which is in the name of the folder.
absl::StatusOr<PinnedMaps> UpgradeFrom1(PinnedMaps maps);

}  // namespace nsm::dataplane
