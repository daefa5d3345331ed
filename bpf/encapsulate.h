// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The fast path into a tunnel: writes the outer headers as the kernel's VXLAN device would, and
 * sends to the underlay device that leads to the peer. What comes here in doubt is left to the
 * device, untouched.
 */
#pragma once

#include "bpf/maps.h"
#include "bpf/outer_headers.h"
#include "bpf/segment.h"
#include "bpf/tunnel_key.h"

#define LARGEST_PACKET 65535

/* Of <sys/socket.h>, which is not for programs of the kernel. */
#define AF_INET	 2
#define AF_INET6 10

/* The one that the device would choose, so that a flow keeps it on either path. */
static __always_inline __be16 source_port(struct __sk_buff *skb, const struct nsm_node *self)
{
	__u32 hash = bpf_get_hash_recalc(skb);

	hash ^= hash << 16;
	return bpf_htons(self->source_port_first + (((__u64)hash * self->source_port_count) >> 32));
}

/* RFC 6040 as the device does it: what is ahead of us has not experienced the inner congestion. */
static __always_inline __u8 outer_ecn(struct __sk_buff *skb, const __u8 ip[2])
{
	__u8 inner = skb->protocol == bpf_htons(ETH_P_IP) ? ip[1] : ip[1] >> 4;

	inner &= ECN_MASK;
	return inner == ECN_CONGESTION_EXPERIENCED ? ECN_CAPABLE_0 : inner;
}

static __always_inline void write_outer(struct __sk_buff *skb, const struct nsm_node *self,
					const struct nsm_egress *to, __u8 ecn,
					struct outer_headers *outer)
{
	__u32 size = skb->len - ETH_HLEN + OUTER_SIZE;

	outer->ip.version = 4;
	outer->ip.ihl = sizeof(outer->ip) / 4;
	outer->ip.tos = ecn;
	outer->ip.tot_len = bpf_htons(size);
	/* may be fragmented on the way, and must not be mixed up then */
	outer->ip.id = bpf_get_prandom_u32();
	outer->ip.ttl = OUTER_TTL;
	outer->ip.protocol = IPPROTO_UDP;
	outer->ip.saddr = to->local.words[3];
	outer->ip.daddr = to->remote.words[3];
	outer->ip.check = ip_checksum(&outer->ip);
	outer->udp.source = source_port(skb, self);
	outer->udp.dest = bpf_htons(self->vxlan_port);
	outer->udp.len = bpf_htons(size - sizeof(outer->ip));
	outer->vxlan.flags = bpf_htonl(VXLAN_HAS_VNI);
	outer->vxlan.vni = bpf_htonl(to->vni << 8);
}

/* NSM_COUNTER_none, or why the packet is left to the device. */
static __always_inline enum nsm_counter
why_not_encapsulate(struct __sk_buff *skb, const struct nsm_node *self, const struct nsm_peer *peer)
{
	__u32 size;

	/* routes may have changed since the forwarder has died */
	if (!peer || !peer->ifindex || bpf_ktime_get_ns() > self->paths_until)
		return NSM_COUNTER_slow_sent_no_path;
	if (skb->vlan_present ||
	    (skb->protocol != bpf_htons(ETH_P_IP) && skb->protocol != bpf_htons(ETH_P_IPV6)))
		return NSM_COUNTER_slow_sent_not_ip;
	size = ip_packet_size(skb);
	if (!size || size + OUTER_SIZE > peer->mtu ||
	    skb->len - ETH_HLEN + OUTER_SIZE > LARGEST_PACKET)
		return NSM_COUNTER_slow_sent_size;
	return NSM_COUNTER_none;
}

/* Segments keep their size; what the kernel refuses it has not changed. */
static __always_inline long make_room(struct __sk_buff *skb)
{
	return bpf_skb_adjust_room(skb, OUTER_SIZE, BPF_ADJ_ROOM_MAC,
				   BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_ENCAP_L3_IPV4 |
					   BPF_F_ADJ_ROOM_ENCAP_L4_UDP |
					   BPF_F_ADJ_ROOM_ENCAP_L2(ETH_HLEN) |
					   BPF_F_ADJ_ROOM_ENCAP_L2_ETH);
}

/* NSM_COUNTER_none: done. slow_sent_*: untouched. All else is a reason to drop. */
static __always_inline enum nsm_counter encapsulate(struct __sk_buff *skb,
						    const struct nsm_node *self,
						    const struct nsm_egress *to,
						    const struct nsm_peer *peer)
{
	__u8 nobody[ETH_ALEN] = {};
	struct cursor cursor = {.skb = skb};
	struct {
		__u8 frame[ETH_HLEN];
		__u8 ip[2];
	} inner;
	enum nsm_counter reason = why_not_encapsulate(skb, self, peer);
	struct outer_headers outer = {};

	if (reason)
		return reason;
	if (cursor_read(&cursor, &inner, sizeof(inner)))
		return NSM_COUNTER_slow_sent_not_ip;
	write_outer(skb, self, to, outer_ecn(skb, inner.ip), &outer);
	__builtin_memcpy(outer.frame, inner.frame, ETH_HLEN);
	if (make_room(skb))
		return NSM_COUNTER_slow_sent_refused;
	if (bpf_skb_store_bytes(skb, ETH_HLEN, &outer, OUTER_SIZE, 0))
		return NSM_COUNTER_drop_host_headers;
	/* still the outer one, which the kernel replaces, but not where it is a group's */
	if (is_group_address(inner.frame) && bpf_skb_store_bytes(skb, 0, nobody, ETH_ALEN, 0))
		return NSM_COUNTER_drop_host_headers;
	return NSM_COUNTER_none;
}

/* The kernel writes the outer Ethernet header, and asks for the neighbour if it has to. That the
 * next hop is known saves it a look at its routes for each packet. */
static __always_inline int send_to_underlay(struct __sk_buff *skb, const struct nsm_peer *peer)
{
	struct bpf_redir_neigh next_hop = {.nh_family = AF_INET};

	if (address_is_ipv4(&peer->next_hop)) {
		next_hop.ipv4_nh = peer->next_hop.words[3];
	} else {
		next_hop.nh_family = AF_INET6;
		__builtin_memcpy(next_hop.ipv6_nh, &peer->next_hop, sizeof(next_hop.ipv6_nh));
	}
	/* of the pod's interface: the underlay device chooses by flow */
	skb->queue_mapping = 0;
	return bpf_redirect_neigh(peer->ifindex, &next_hop, sizeof(next_hop), 0);
}
