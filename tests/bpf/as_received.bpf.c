// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Each program runs the one under test on a packet that seems to have been received as its name
 * says, which a test run has no other way to make.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

const volatile struct bpf_tunnel_key tunnel_key = {};
const volatile __u64 tunnel_flags = 0;
const volatile __u16 vlan_protocol = ETH_P_8021Q;
const volatile __u16 vlan_tag = 0;

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} under_test SEC(".maps");

SEC("tc")
int with_tunnel_key(struct __sk_buff *skb)
{
	/* set for sending, it has the addresses the other way round */
	struct bpf_tunnel_key key = {
		.tunnel_id = tunnel_key.tunnel_id,
		.remote_ipv6 = {tunnel_key.local_ipv6[0], tunnel_key.local_ipv6[1],
				tunnel_key.local_ipv6[2], tunnel_key.local_ipv6[3]},
		.local_ipv6 = {tunnel_key.remote_ipv6[0], tunnel_key.remote_ipv6[1],
			       tunnel_key.remote_ipv6[2], tunnel_key.remote_ipv6[3]},
	};

	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), tunnel_flags))
		return TC_ACT_PIPE;
	bpf_tail_call(skb, &under_test, 0);
	return TC_ACT_PIPE;
}

/* Kernels take a tag out of the frame before any program sees it. */
SEC("tc")
int with_vlan_tag(struct __sk_buff *skb)
{
	if (bpf_skb_vlan_push(skb, bpf_htons(vlan_protocol), vlan_tag))
		return TC_ACT_PIPE;
	bpf_tail_call(skb, &under_test, 0);
	return TC_ACT_PIPE;
}

char program_license[] SEC("license") = "GPL";
