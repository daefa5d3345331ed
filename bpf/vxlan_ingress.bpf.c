// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Attached to tc ingress of the node's VXLAN device: what arrives must belong to a live tunnel,
 * whichever underlay device it came by and whether or not it came in fragments, or be a probe of a
 * peer. Nothing goes on to the node's own stack.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/answer_probe.h"
#include "bpf/deliver.h"
#include "bpf/maps.h"
#include "bpf/parse.h"

#define SIZE_WITHOUT_LOCAL __builtin_offsetof(struct bpf_tunnel_key, local_ipv4)

/* VNI and outer addresses of a packet, as the device saw them. */
struct outer {
	struct nsm_tunnel_key key;
	struct nsm_address local;
	int has_local;
};

/* Kernels before 6.0 have a shorter key without the local address, and take only its size. */
static __always_inline int get_tunnel_key(struct __sk_buff *skb, struct bpf_tunnel_key *key,
					  __u64 flags, int *has_local)
{
	*has_local = 1;
	if (!bpf_skb_get_tunnel_key(skb, key, sizeof(*key), flags))
		return 0;
	*has_local = 0;
	return bpf_skb_get_tunnel_key(skb, key, SIZE_WITHOUT_LOCAL, flags) ? -1 : 0;
}

static __always_inline int read_outer(struct __sk_buff *skb, struct outer *outer)
{
	struct bpf_tunnel_key key = {};

	if (!get_tunnel_key(skb, &key, 0, &outer->has_local)) {
		/* IPv4 is in host order here, IPv6 is not */
		address_from_ipv4(&outer->key.remote, bpf_htonl(key.remote_ipv4));
		address_from_ipv4(&outer->local, bpf_htonl(key.local_ipv4));
	} else if (!get_tunnel_key(skb, &key, BPF_F_TUNINFO_IPV6, &outer->has_local)) {
		address_from_ipv6(&outer->key.remote, key.remote_ipv6);
		address_from_ipv6(&outer->local, key.local_ipv6);
	} else {
		return -1;
	}
	outer->key.vni = key.tunnel_id;
	return 0;
}

SEC("tc")
int vxlan_ingress(struct __sk_buff *skb)
{
	const struct nsm_ingress *to;
	struct nsm_traffic *theirs;
	struct outer outer = {};

	/* an address on the device, or somebody sends out of it on purpose */
	if (read_outer(skb, &outer))
		return drop(NSM_COUNTER_drop_vxlan_no_key);
	if (outer.key.vni == NSM_PROBE_VNI)
		return take_probe(skb, &outer.key.remote, &outer.local);
	to = bpf_map_lookup_elem(&ingress, &outer.key);
	/* foreign, forged or closed */
	if (!to)
		return drop(NSM_COUNTER_drop_vxlan_unknown);
	if (!outer.has_local)
		count(NSM_COUNTER_seen_no_local_address);
	else if (!address_equal(&outer.local, &to->local))
		return drop(NSM_COUNTER_drop_vxlan_wrong_local);
	theirs = bpf_map_lookup_elem(&traffic, &to->ifindex);
	if (theirs)
		count_received(skb, theirs);
	return deliver(skb, to->ifindex);
}

char program_license[] SEC("license") = "GPL";
