// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Attached to tc ingress of each Ethernet device with an address of this node: drops VXLAN to our
 * addresses and our port that belongs to no live tunnel before the node's stack sees it, and takes
 * the fast path to the pod with what does; an address is ours as long as a tunnel has it, too. That
 * a peer is there is kept in map "peers".
 * Everything else goes on to whatever comes next, transit traffic above all. What it does not see,
 * VXLAN ingress judges.
 */
#include <linux/bpf.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_helpers.h>

#include "bpf/decapsulate.h"
#include "bpf/deliver.h"
#include "bpf/heard.h"
#include "bpf/maps.h"
#include "bpf/parse.h"
#include "bpf/probe.h"

const volatile __u16 vxlan_port = 4789;

struct outer {
	struct nsm_tunnel_key key;
	struct nsm_address local;
};

/* Negative: not UDP, or not the fragment that has the UDP header. */
static __always_inline int read_ipv4(struct cursor *cursor, struct outer *outer)
{
	struct iphdr ip;

	if (cursor_read(cursor, &ip, sizeof(ip)))
		return -1;
	if (ip.protocol != IPPROTO_UDP || ip.frag_off & bpf_htons(IPV4_FRAGMENT_OFFSET))
		return -1;
	if (ip.ihl < 5)
		return -1;
	cursor->offset += ip.ihl * 4 - sizeof(ip);
	address_from_ipv4(&outer->key.remote, ip.saddr);
	address_from_ipv4(&outer->local, ip.daddr);
	return 0;
}

/* Negative: not UDP, or behind extension headers, of which the fragment header is one. */
static __always_inline int read_ipv6(struct cursor *cursor, struct outer *outer)
{
	struct ipv6hdr ip;

	if (cursor_read(cursor, &ip, sizeof(ip)))
		return -1;
	if (ip.nexthdr != IPPROTO_UDP)
		return -1;
	address_from_ipv6(&outer->key.remote, &ip.saddr);
	address_from_ipv6(&outer->local, &ip.daddr);
	return 0;
}

static __always_inline int read_outer(struct __sk_buff *skb, struct outer *outer)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct vxlan_header vxlan;
	struct udphdr udp;
	int error = -1;

	if (skb->protocol == bpf_htons(ETH_P_IP))
		error = read_ipv4(&cursor, outer);
	else if (skb->protocol == bpf_htons(ETH_P_IPV6))
		error = read_ipv6(&cursor, outer);
	if (error || cursor_read(&cursor, &udp, sizeof(udp)) || udp.dest != bpf_htons(vxlan_port))
		return -1;
	if (cursor_read(&cursor, &vxlan, sizeof(vxlan)))
		return -1;
	outer->key.vni = bpf_ntohl(vxlan.vni) >> 8;
	return 0;
}

/* To the VXLAN device. */
static __always_inline int leave(enum nsm_counter reason)
{
	count(reason);
	return TC_ACT_UNSPEC;
}

/* By the fast path, or by the VXLAN device. */
static __always_inline int receive(struct __sk_buff *skb, const struct outer *outer, __u32 ifindex)
{
	struct nsm_peer *peer = bpf_map_lookup_elem(&peers, &outer->key.remote);
	struct nsm_traffic *theirs;
	enum nsm_counter reason;

	theirs = bpf_map_lookup_elem(&traffic, &ifindex);
	/* not counted, so not kept in order either */
	if (!theirs)
		return TC_ACT_UNSPEC;
	if (peer)
		stamp(&peer->heard);
	reason = peer ? decapsulate(skb, peer, theirs) : NSM_COUNTER_slow_received_no_path;
	if (reason == NSM_COUNTER_drop_underlay_headers)
		return drop(reason);
	if (reason) {
		if (reason != NSM_COUNTER_slow_received_order)
			theirs->last_slow = bpf_ktime_get_ns();
		return leave(reason);
	}
	count_received(skb, theirs);
	theirs->fast_received += 1;
	return deliver(skb, ifindex);
}

SEC("tc")
int underlay_guard(struct __sk_buff *skb)
{
	const struct nsm_ingress *to;
	struct outer outer = {};

	/* judged on the VLAN device, which has the address */
	if (skb->vlan_present)
		return TC_ACT_UNSPEC;
	/* not VXLAN, or not to be seen here */
	if (read_outer(skb, &outer))
		return TC_ACT_UNSPEC;
	/* first, because most are: one look-up less for each of them */
	to = bpf_map_lookup_elem(&ingress, &outer.key);
	if (to && address_equal(&outer.local, &to->local))
		return receive(skb, &outer, to->ifindex);
	/* transit */
	if (!bpf_map_lookup_elem(&own_addresses, &outer.local))
		return TC_ACT_UNSPEC;
	/* judged and answered behind the VXLAN device, by whatever way it came */
	if (outer.key.vni == NSM_PROBE_VNI && bpf_map_lookup_elem(&peers, &outer.key.remote))
		return TC_ACT_UNSPEC;
	/* foreign, forged or closed */
	return drop(to ? NSM_COUNTER_drop_underlay_wrong_local : NSM_COUNTER_drop_underlay_unknown);
}

char program_license[] SEC("license") = "GPL";
