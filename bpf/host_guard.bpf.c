// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Attached to tc ingress of the host end of each attachment: all that a pod sends passes here, and
 * nothing of it ever reaches the node's own stack. This is where allowed sources are enforced, and
 * where a pod is told that the path got narrower; what is inside the pod's namespace can be taken
 * away by the pod.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/deliver.h"
#include "bpf/encapsulate.h"
#include "bpf/guard.h"
#include "bpf/maps.h"
#include "bpf/too_big.h"

static __always_inline void count_sent(struct __sk_buff *skb, struct nsm_traffic *mine)
{
	if (!mine)
		return;
	mine->packets_sent += 1;
	mine->bytes_sent += skb->len;
}

static __always_inline long set_tunnel_key(struct __sk_buff *skb, const struct nsm_egress *to)
{
	struct bpf_tunnel_key key = {.tunnel_id = to->vni, .tunnel_ttl = OUTER_TTL};
	/* with one, NAT on the same host would spoil it while the inner one is still to be computed
	 */
	__u64 flags = BPF_F_ZERO_CSUM_TX;

	if (!address_is_ipv4(&to->remote)) {
		__builtin_memcpy(key.remote_ipv6, &to->remote, sizeof(key.remote_ipv6));
		__builtin_memcpy(key.local_ipv6, &to->local, sizeof(key.local_ipv6));
		/* others need not take IPv6 without a checksum (RFC 6936) */
		flags = BPF_F_TUNINFO_IPV6;
	} else {
		/* IPv4 is in host order here, IPv6 is not */
		key.remote_ipv4 = bpf_ntohl(to->remote.words[3]);
		key.local_ipv4 = bpf_ntohl(to->local.words[3]);
	}
	if (!bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags))
		return 0;
	/* kernels before 6.0 know no local address: theirs is the one of the route to the peer */
	return bpf_skb_set_tunnel_key(skb, &key,
				      __builtin_offsetof(struct bpf_tunnel_key, local_ipv4), flags);
}

static __always_inline int send_to_tunnel(struct __sk_buff *skb, const struct nsm_egress *to,
					  struct nsm_traffic *mine)
{
	const struct nsm_node *self = this_node();
	const struct nsm_path *path;
	enum nsm_counter reason;
	int answered = answer_too_big(skb, &to->remote);

	if (answered >= 0)
		return answered;
	if (!self || !self->vxlan_ifindex)
		return drop(NSM_COUNTER_drop_host_no_device);
	path = bpf_map_lookup_elem(&paths, &to->remote);
	reason = encapsulate(skb, self, to, path);
	if (reason == NSM_COUNTER_drop_host_headers)
		return drop(reason);
	if (!reason && path) {
		if (mine)
			mine->fast_sent += 1;
		return send_to_underlay(skb, path);
	}
	count(reason);
	if (set_tunnel_key(skb, to))
		return drop(NSM_COUNTER_drop_host_tunnel_key);
	return bpf_redirect(self->vxlan_ifindex, 0);
}

SEC("tc")
int host_guard(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex;
	const struct nsm_egress *to = bpf_map_lookup_elem(&egress, &ifindex);
	struct nsm_traffic *mine;
	enum nsm_counter judged;

	/* closed, or not yet open */
	if (!to)
		return drop(NSM_COUNTER_drop_host_unknown);
	if (to->guarded) {
		judged = judge_source(skb, ifindex, to->payload);
		if (!passes(judged))
			return drop(judged);
		if (judged)
			count(judged);
	}
	mine = bpf_map_lookup_elem(&traffic, &ifindex);
	count_sent(skb, mine);
	if (to->kind == NSM_LEG_TUNNEL)
		return send_to_tunnel(skb, to, mine);
	/* the other attachment is on this node */
	return deliver(skb, to->peer_ifindex);
}

char program_license[] SEC("license") = "GPL";
