// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * What the programs and the dataplane (C++) share: keys and values of the pinned maps.
 *
 * Include <linux/types.h> first. Padding is explicit and zero, and each size is asserted as the sum
 * of the fields, so that both compilers agree. Numbers are in host byte order unless the field says
 * otherwise. They outlive the program that made them: src/dataplane/schema.h says how a struct or a
 * map is changed, which raises NSM_SCHEMA_VERSION.
 */
#pragma once

#ifdef __cplusplus
#define NSM_ASSERT_SIZE(type, size) static_assert(sizeof(type) == (size))
#else
#define NSM_ASSERT_SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)
#endif

#define NSM_SCHEMA_VERSION 6
#define NSM_ID_SIZE	   64
#define NSM_NAME_SIZE	   16

/*
 * Host end and pod end of an attachment have the same index but for this bit, which the pod end
 * has. The dataplane chooses both, so that a program finds the attachment from either end.
 */
#define NSM_POD_END_BIT (1u << 30)

enum nsm_leg_kind {
	NSM_LEG_ATTACHMENT = 1,
	NSM_LEG_TUNNEL = 2,
};

enum nsm_payload {
	NSM_PAYLOAD_ETHERNET = 0,
	NSM_PAYLOAD_IP = 1,
};

/* Network byte order; an IPv4 address is ::ffff:a.b.c.d. */
struct nsm_address {
	__u32 words[4];
};
NSM_ASSERT_SIZE(nsm_address, 16);

/* Map "node", one entry. */
struct nsm_node {
	__u64 paths_until;   /* CLOCK_MONOTONIC: somebody keeps map "peers" up to date until then */
	__u32 vxlan_ifindex; /* the collect-metadata device; 0: none */
	__u16 vxlan_port;    /* of outer headers that are written here, as the device does */
	__u16 source_port_first;
	__u16 source_port_count;
	__u8 into_pods; /* 1: what is for a pod is handed to its end, not sent by the host end */
	__u8 padding[5];
};
NSM_ASSERT_SIZE(nsm_node, 8 + 4 + 2 + 2 + 2 + 1 + 5);

/* Map "peers", by outer address: the other ends of live tunnels. */
struct nsm_peer {
	/* In jiffies, by the programs: when last */
	__u64 heard;		     /* a packet of a tunnel has come, or it hears us */
	__u64 answered;		     /* a probe (bpf/probe.h) */
	struct nsm_address next_hop; /* of the fast path: a gateway or itself, of either family */
	__u32 ifindex; /* likewise, the underlay device; 0: only the VXLAN device leads there */
	__u32 mtu;     /* likewise, of outer packets */
	__u32 narrow;  /* the largest packet of a pod, less than was promised; 0: what was promised
			*/
	__u32 padding;
};
NSM_ASSERT_SIZE(nsm_peer, 8 + 8 + 16 + 4 + 4 + 4 + 4);

/* Map "egress", by ifindex of a host end: where what its pod sends goes. */
struct nsm_egress {
	struct nsm_address remote; /* NSM_LEG_TUNNEL */
	struct nsm_address local;  /* NSM_LEG_TUNNEL */
	__u32 vni;		   /* NSM_LEG_TUNNEL */
	__u32 peer_ifindex;	   /* NSM_LEG_ATTACHMENT: its host end */
	__u8 kind;		   /* enum nsm_leg_kind, of the other leg */
	__u8 payload;		   /* enum nsm_payload */
	__u8 guarded;		   /* 1: map "allowed_sources" rules */
	__u8 padding;
};
NSM_ASSERT_SIZE(nsm_egress, 16 + 16 + 4 + 4 + 1 + 1 + 1 + 1);

/* Map "ingress": the live tunnels. */
struct nsm_tunnel_key {
	struct nsm_address remote; /* outer source */
	__u32 vni;
};
NSM_ASSERT_SIZE(nsm_tunnel_key, 16 + 4);

struct nsm_ingress {
	struct nsm_address local; /* outer destination that it must have */
	__u32 ifindex;		  /* host end of the attachment */
};
NSM_ASSERT_SIZE(nsm_ingress, 16 + 4);

/* Map "allowed_sources", a longest-prefix trie whose value is not used. */
struct nsm_source_key {
	__u32 prefix_length; /* bits of all that follows */
	__u32 ifindex;	     /* always compared as a whole */
	__u32 family;	     /* likewise, 4 or 6: ::/0 allows no IPv4 */
	struct nsm_address address;
};
NSM_ASSERT_SIZE(nsm_source_key, 4 + 4 + 4 + 16);
#define NSM_SOURCE_KEY_BITS (8 * (4 + 4 + 16))

/* Map "ways_back", a longest-prefix trie whose value is the ifindex of a host end: the connection
 * of a pod that leads to an address. */
struct nsm_way_key {
	__u32 prefix_length; /* bits of all that follows */
	__u32 family;	     /* 4 or 6, always compared as a whole */
	__u64 pod;	     /* likewise, the cookie of its namespace */
	struct nsm_address address;
};
NSM_ASSERT_SIZE(nsm_way_key, 4 + 4 + 8 + 16);
#define NSM_WAY_KEY_BITS (8 * (4 + 8 + 16))

/* Map "traffic", by ifindex of a host end, per CPU: what the programs let through. */
struct nsm_traffic {
	__u64 packets_sent; /* by the pod */
	__u64 bytes_sent;
	__u64 packets_received; /* for the pod, out of a tunnel */
	__u64 bytes_received;
	__u64 fast_sent; /* of the packets, those that took the fast path */
	__u64 fast_received;
	__u64 last_slow; /* when one for the pod was left to the VXLAN device; 0: long ago */
};
NSM_ASSERT_SIZE(nsm_traffic, 8 + 8 + 8 + 8 + 8 + 8 + 8);

/* Map "records": all that a started forwarder needs to know about a cross-connect; no BPF program
 * reads it. */
struct nsm_record_key {
	char id[NSM_ID_SIZE]; /* padded with NUL, ends with one */
};
NSM_ASSERT_SIZE(nsm_record_key, NSM_ID_SIZE);

struct nsm_leg {
	struct nsm_address remote; /* NSM_LEG_TUNNEL */
	struct nsm_address local;  /* NSM_LEG_TUNNEL */
	__u64 netns_device;	   /* NSM_LEG_ATTACHMENT: where the namespace was found */
	__u64 netns_inode;
	__u64 netns_cookie; /* and what identifies it */
	__u32 host_ifindex;
	__u32 vni;		  /* NSM_LEG_TUNNEL */
	char name[NSM_NAME_SIZE]; /* of the interface in the pod, padded with NUL, ends with one */
	__u8 kind;		  /* enum nsm_leg_kind */
	__u8 padding[7];
};
NSM_ASSERT_SIZE(nsm_leg, 16 + 16 + 8 + 8 + 8 + 4 + 4 + NSM_NAME_SIZE + 1 + 7);

struct nsm_record {
	__s64 expiry; /* nanoseconds since 1970 */
	__u32 mtu;
	__u8 payload; /* enum nsm_payload */
	__u8 guarded;
	__u8 peer_answers; /* 1: probes; the other end of the tunnel has said so */
	__u8 padding;
	struct nsm_leg legs[2]; /* client, endpoint */
};
NSM_ASSERT_SIZE(nsm_record, 8 + 4 + 1 + 1 + 1 + 1 + 2 * 88);
