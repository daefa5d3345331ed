// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Attached to tc ingress of an attachment's interface inside the pod, where the other end may send
 * from more than its own addresses: what comes from an address that another connection of the pod
 * leads to came the wrong way, and is dropped. It protects the pod, which can remove it. Packets
 * meet it whoever hands them to the pod.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/maps.h"
#include "bpf/parse.h"

/* Fills in family and address; negative if it has no IP source. */
static __always_inline int read_source(struct __sk_buff *skb, struct nsm_way_key *key)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct ipv6hdr ipv6;
	struct iphdr ipv4;

	if (skb->vlan_present)
		return -1;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (cursor_read(&cursor, &ipv4, sizeof(ipv4)))
			return -1;
		key->family = 4;
		address_from_ipv4(&key->address, ipv4.saddr);
		return 0;
	}
	if (skb->protocol != bpf_htons(ETH_P_IPV6) || cursor_read(&cursor, &ipv6, sizeof(ipv6)))
		return -1;
	key->family = 6;
	address_from_ipv6(&key->address, &ipv6.saddr);
	return 0;
}

SEC("tc")
int arrival_guard(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex & ~NSM_POD_END_BIT; /* of the host end */
	const __u64 *pod = bpf_map_lookup_elem(&arrivals, &ifindex);
	struct nsm_way_key key = {.prefix_length = NSM_WAY_KEY_BITS};
	const __u32 *way;

	if (!pod || read_source(skb, &key))
		return TC_ACT_UNSPEC;
	key.pod = *pod;
	way = bpf_map_lookup_elem(&ways_back, &key);
	if (!way || *way == ifindex)
		return TC_ACT_UNSPEC;
	return drop(NSM_COUNTER_drop_arrival_wrong_way);
}

char program_license[] SEC("license") = "GPL";
