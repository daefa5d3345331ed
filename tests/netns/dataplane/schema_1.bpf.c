// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Maps as schema 1 had them, and programs that do with them what its programs did, in short: as
 * much as a connection over IPv4 needs.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

struct node {
	__u32 schema_version;
	__u32 vxlan_ifindex;
	__u8 rest[8];
};

struct egress {
	__u32 remote[4];
	__u32 local[4];
	__u32 vni;
	__u8 rest[20];
};

struct tunnel_key {
	__u32 remote[4];
	__u32 vni;
};

struct ingress {
	__u32 local[4];
	__u32 ifindex;
	__u8 rest[4];
};

#define PINNED(name, kind, entries, flags, key_bytes, value_bytes)                                 \
	struct {                                                                                   \
		__uint(type, kind);                                                                \
		__uint(max_entries, entries);                                                      \
		__uint(map_flags, flags);                                                          \
		__uint(key_size, key_bytes);                                                       \
		__uint(value_size, value_bytes);                                                   \
		__uint(pinning, LIBBPF_PIN_BY_NAME);                                               \
	} name SEC(".maps")

PINNED(node, BPF_MAP_TYPE_ARRAY, 1, 0, 4, sizeof(struct node));
PINNED(records, BPF_MAP_TYPE_HASH, 1 << 16, BPF_F_NO_PREALLOC, 64, 264);
PINNED(egress, BPF_MAP_TYPE_HASH, 1 << 17, BPF_F_NO_PREALLOC, 4, sizeof(struct egress));
PINNED(ingress, BPF_MAP_TYPE_HASH, 1 << 16, BPF_F_NO_PREALLOC, sizeof(struct tunnel_key),
       sizeof(struct ingress));
PINNED(allowed_sources, BPF_MAP_TYPE_LPM_TRIE, 1 << 20, BPF_F_NO_PREALLOC, 28, 4);
PINNED(own_addresses, BPF_MAP_TYPE_HASH, 4096, BPF_F_NO_PREALLOC, 16, 4);
PINNED(narrow_paths, BPF_MAP_TYPE_HASH, 1 << 16, BPF_F_NO_PREALLOC, 16, 4);
PINNED(traffic, BPF_MAP_TYPE_PERCPU_HASH, 1 << 17, BPF_F_NO_PREALLOC, 4, 32);
PINNED(counters, BPF_MAP_TYPE_PERCPU_ARRAY, 128, 0, 4, 8);

/* Every program had it, for its drops. */
static __always_inline int drop(void)
{
	__u32 none = 0;
	__u64 *value = bpf_map_lookup_elem(&counters, &none);

	if (value)
		*value += 1;
	return TC_ACT_SHOT;
}

SEC("tc")
int host_guard(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u32 ifindex = skb->ifindex;
	const struct node *self = bpf_map_lookup_elem(&node, &zero);
	const struct egress *to = bpf_map_lookup_elem(&egress, &ifindex);
	struct bpf_tunnel_key key = {.tunnel_ttl = 64};

	if (!self || !to)
		return drop();
	key.tunnel_id = to->vni;
	key.remote_ipv4 = bpf_ntohl(to->remote[3]);
	key.local_ipv4 = bpf_ntohl(to->local[3]);
	if (bpf_skb_set_tunnel_key(skb, &key, sizeof(key), BPF_F_ZERO_CSUM_TX))
		return drop();
	return bpf_redirect(self->vxlan_ifindex, 0);
}

/* Hinders nobody. */
SEC("tc")
int pod_guard(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex & ~(1u << 30);

	return bpf_map_lookup_elem(&egress, &ifindex) ? TC_ACT_UNSPEC : drop();
}

static __always_inline const struct ingress *find(__u32 remote, __u32 vni)
{
	struct tunnel_key key = {.remote = {0, 0, bpf_htonl(0xffff), bpf_htonl(remote)},
				 .vni = vni};

	return bpf_map_lookup_elem(&ingress, &key);
}

SEC("tc")
int vxlan_ingress(struct __sk_buff *skb)
{
	struct bpf_tunnel_key key = {};
	const struct ingress *to;

	if (bpf_skb_get_tunnel_key(skb, &key, sizeof(key), 0))
		return drop();
	to = find(key.remote_ipv4, key.tunnel_id);
	return to ? bpf_redirect(to->ifindex, 0) : drop();
}

/* Likewise, with the maps that the real one used. */
SEC("tc")
int underlay_guard(struct __sk_buff *skb)
{
	(void)skb;
	return find(0, 0) ? drop() : TC_ACT_UNSPEC;
}

char program_license[] SEC("license") = "GPL";
