// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The fast path out of a tunnel, for packets that belong to a live one: takes the outer headers off
 * as the kernel's VXLAN device would. What comes here in doubt is left to the device, untouched.
 */
#pragma once

#include <linux/if_packet.h>

#include "bpf/maps.h"
#include "bpf/outer_headers.h"

/* Longer than the device has a packet in its queue. */
#define IN_DEVICE_NS (10 * 1000 * 1000)

/* Since Linux 6.3; older kernels refuse it, and the packet goes to the device. */
#define ADJ_ROOM_DECAP_L3_IPV6 (1ULL << 8)

static __always_inline __be16 frame_type(const struct outer_headers *outer)
{
	return outer->frame[12] | outer->frame[13] << 8;
}

/* Whether the device would take it for one whole packet, and has no checksum to verify but the
 * header's. */
static __always_inline int is_plain(struct __sk_buff *skb, const struct outer_headers *outer)
{
	__u32 size = skb->len - ETH_HLEN;

	return outer->ip.version == 4 && outer->ip.ihl == sizeof(outer->ip) / 4 &&
	       !(outer->ip.frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET | IPV4_MORE_FRAGMENTS)) &&
	       outer->ip.tot_len == bpf_htons(size) && !ip_checksum(&outer->ip) &&
	       outer->udp.len == bpf_htons(size - sizeof(outer->ip)) && !outer->udp.check &&
	       outer->vxlan.flags == bpf_htonl(VXLAN_HAS_VNI) &&
	       !(outer->vxlan.vni & bpf_htonl(0xff));
}

/* Whether one that was left to the device may still be on its way: they are delivered in order. */
static __always_inline int is_one_in_device(struct nsm_traffic *of)
{
	if (!of->last_slow)
		return 0;
	if (bpf_ktime_get_ns() - of->last_slow < IN_DEVICE_NS)
		return 1;
	of->last_slow = 0;
	return 0;
}

/* NSM_COUNTER_none, or why the packet is left to the device. */
static __always_inline enum nsm_counter why_not_decapsulate(struct __sk_buff *skb,
							    const struct outer_headers *outer,
							    struct nsm_traffic *of)
{
	__u8 ecn = outer->ip.tos & ECN_MASK;

	if (skb->pkt_type != PACKET_HOST || !is_plain(skb, outer))
		return NSM_COUNTER_slow_received_outer;
	if (ecn && ecn != ECN_CAPABLE_0)
		return NSM_COUNTER_slow_received_ecn;
	if (is_group_address(outer->frame) || (frame_type(outer) != bpf_htons(ETH_P_IP) &&
					       frame_type(outer) != bpf_htons(ETH_P_IPV6)))
		return NSM_COUNTER_slow_received_inner;
	if (is_one_in_device(of))
		return NSM_COUNTER_slow_received_order;
	return NSM_COUNTER_none;
}

/* What the kernel refuses it has not changed. */
static __always_inline long take_off_outer(struct __sk_buff *skb, __be16 type)
{
	__u64 flags = BPF_F_ADJ_ROOM_FIXED_GSO | BPF_F_ADJ_ROOM_NO_CSUM_RESET;

	if (type == bpf_htons(ETH_P_IPV6))
		flags |= ADJ_ROOM_DECAP_L3_IPV6;
	return bpf_skb_adjust_room(skb, -(__s32)OUTER_SIZE, BPF_ADJ_ROOM_MAC, flags);
}

/* NSM_COUNTER_none: done. slow_received_*: untouched. All else is a reason to drop. */
static __always_inline enum nsm_counter
decapsulate(struct __sk_buff *skb, const struct nsm_peer *from, struct nsm_traffic *of)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct outer_headers outer;
	enum nsm_counter reason;

	/* by another device than answers take: the node's reverse path filter judges */
	if (from->ifindex != skb->ifindex)
		return NSM_COUNTER_slow_received_no_path;
	if (skb->gso_size)
		return NSM_COUNTER_slow_received_aggregate;
	if (skb->protocol != bpf_htons(ETH_P_IP) || cursor_read(&cursor, &outer, OUTER_SIZE))
		return NSM_COUNTER_slow_received_outer;
	reason = why_not_decapsulate(skb, &outer, of);
	if (reason)
		return reason;
	if (take_off_outer(skb, frame_type(&outer)))
		return NSM_COUNTER_slow_received_refused;
	if (bpf_skb_store_bytes(skb, 0, outer.frame, ETH_HLEN, 0))
		return NSM_COUNTER_drop_underlay_headers;
	/* what a device has verified was the outer packet's */
	bpf_csum_level(skb, BPF_CSUM_LEVEL_DEC);
	return NSM_COUNTER_none;
}
