// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Run on a packet when the forwarder starts, and never attached: whether this kernel does what the
 * fast path asks of it. What they return is what the packet would count as, NSM_COUNTER_none where
 * it would take the fast path.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/decapsulate.h"
#include "bpf/encapsulate.h"

SEC("tc")
int probe_encapsulate(struct __sk_buff *skb)
{
	struct nsm_node self = {.paths_until = ~0ULL, .vxlan_port = 4789};
	struct nsm_peer peer = {.ifindex = 1, .mtu = LARGEST_PACKET};
	struct nsm_egress to = {.vni = 1};

	return encapsulate(skb, &self, &to, &peer);
}

SEC("tc")
int probe_decapsulate(struct __sk_buff *skb)
{
	struct nsm_peer peer = {.ifindex = skb->ifindex};
	struct nsm_traffic of = {};

	return decapsulate(skb, &peer, &of);
}

char program_license[] SEC("license") = "GPL";
