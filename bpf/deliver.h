// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Counting what attachments send and receive, and handing packets to pods. */
#pragma once

#include <linux/if_packet.h>

#include "bpf/maps.h"

static __always_inline const struct nsm_node *this_node(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&node, &zero);
}

static __always_inline void count_received(struct __sk_buff *skb, struct nsm_traffic *of)
{
	of->packets_received += 1;
	of->bytes_received += skb->len;
}

/* To the pod behind the host end with this index. */
static __always_inline int deliver(struct __sk_buff *skb, __u32 ifindex)
{
	const struct nsm_node *self = this_node();

	if (!self || !self->into_pods)
		return bpf_redirect(ifindex, 0);
	/* This was said of the address of the device that it came by; the wire has two ends, and
	 * the other one is the pod. */
	if (skb->pkt_type == PACKET_OTHERHOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	/* the node's own; kernels before 6.15 keep it */
	skb->mark = 0;
	return bpf_redirect_peer(ifindex, 0);
}
