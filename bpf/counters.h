// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * What the programs count, per CPU in map "counters": one name per reason to drop and per event
 * worth seeing. Names end up in the dataplane's dump. Zero stands for "nothing to count". New ones
 * go to the end, because the map outlives the programs.
 */
#pragma once

/* clang-format off */
#define NSM_COUNTERS(X)                                                                              \
	X(none)                                                                                      \
	X(drop_host_unknown)          /* host guard: no cross-connect has this host end */           \
	X(drop_host_no_device)        /* host guard: the node's VXLAN device is not there */         \
	X(drop_host_tunnel_key)       /* host guard: the kernel refused the tunnel key */            \
	X(drop_guard_short)           /* guarded: a header is cut off */                             \
	X(drop_guard_vlan)            /* guarded: tagged, so its source cannot be judged */          \
	X(drop_guard_not_ip)          /* guarded: neither IP nor ARP; with payload IP: ARP */        \
	X(drop_guard_ipv4)            /* guarded: IPv4 source that was not negotiated */             \
	X(drop_guard_ipv6)            /* guarded: IPv6 source that was not negotiated */             \
	X(drop_guard_arp)             /* guarded: ARP sender address that was not negotiated */      \
	X(drop_guard_neighbor)        /* guarded: claims an IPv6 address that was not negotiated */  \
	X(drop_pod_early)             /* pod guard: what the host guard would drop */                \
	X(drop_vxlan_no_key)          /* VXLAN ingress: came by no tunnel */                         \
	X(drop_vxlan_unknown)         /* VXLAN ingress: (outer source, VNI) is no live tunnel */     \
	X(drop_vxlan_wrong_local)     /* VXLAN ingress: live, but not for this address of ours */    \
	X(drop_underlay_unknown)      /* underlay guard: (outer source, VNI) is no live tunnel */    \
	X(drop_underlay_wrong_local)  /* underlay guard: live, but not for this address of ours */   \
	X(seen_duplicate_detection)   /* guarded: IPv6 DAD or ARP probe, let through */              \
	X(seen_neighbor_discovery)    /* guarded: ND of a link-local address, let through */         \
	X(seen_multicast_listener)    /* guarded: MLD report, let through */                         \
	X(seen_no_local_address)      /* VXLAN ingress: a kernel that does not tell the local address */ \
	X(told_too_big)               /* host guard: answered, since the path got narrower than promised */ \
	X(drop_guard_extension)       /* guarded: more IPv6 extension headers than are walked */     \
	X(drop_guard_fragment)        /* guarded: ND or MLD in a fragment */                         \
	X(drop_guard_router)          /* guarded: router advertisement, redirect or listener query */ \
	X(drop_guard_hop_limit)       /* guarded: ND that may have come from beyond the link */      \
	X(drop_arrival_wrong_way)     /* arrival guard: from where another connection of the pod leads */ \
	X(drop_host_headers)          /* host guard: no memory for the outer headers */              \
	X(drop_underlay_headers)      /* underlay guard: no memory for the inner header */           \
	X(slow_sent_no_path)          /* host guard, to the VXLAN device: the fast path leads not to the peer */ \
	X(slow_sent_not_ip)           /* likewise: neither IPv4 nor IPv6, or tagged */               \
	X(slow_sent_size)             /* likewise: too big for the path, or of unknown size on the wire */ \
	X(slow_sent_refused)          /* likewise: the kernel puts no headers in front of it */      \
	X(slow_received_no_path)      /* underlay guard, to the VXLAN device: no path, or by another device */ \
	X(slow_received_outer)        /* likewise: not an outer packet as host guard sends them */   \
	X(slow_received_ecn)          /* likewise: congestion was experienced on the way */          \
	X(slow_received_aggregate)    /* likewise: several packets as one */                         \
	X(slow_received_inner)        /* likewise: neither IPv4 nor IPv6, or for a group */          \
	X(slow_received_order)        /* likewise: would overtake what was left to the device before */ \
	X(slow_received_refused)      /* likewise: the kernel takes no headers off it */              \
	X(drop_vxlan_probe)           /* VXLAN ingress: no tunnel's VNI, and no probe that we know */ \
	X(seen_probe)                 /* VXLAN ingress: a peer has asked whether we are there, answered */ \
	X(seen_probe_answer)          /* VXLAN ingress: a peer has answered */
/* clang-format on */

enum nsm_counter {
#define NSM_COUNTER_ENUM(name) NSM_COUNTER_##name,
	NSM_COUNTERS(NSM_COUNTER_ENUM)
#undef NSM_COUNTER_ENUM
		NSM_COUNTER_COUNT,
};
/* Room for those to come, so that a new one does not change the map. */
#define NSM_COUNTER_CAPACITY 128
