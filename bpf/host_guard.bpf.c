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
#include "bpf/tunnel_key.h"

static __always_inline void count_sent(struct __sk_buff *skb, struct nsm_traffic *mine)
{
	if (!mine)
		return;
	mine->packets_sent += 1;
	mine->bytes_sent += skb->len;
}

static __always_inline int send_to_tunnel(struct __sk_buff *skb, const struct nsm_egress *to,
					  struct nsm_traffic *mine)
{
	const struct nsm_node *self = this_node();
	const struct nsm_peer *peer = bpf_map_lookup_elem(&peers, &to->remote);
	enum nsm_counter reason;
	int answered = answer_too_big(skb, peer);

	if (answered >= 0)
		return answered;
	if (!self || !self->vxlan_ifindex)
		return drop(NSM_COUNTER_drop_host_no_device);
	reason = encapsulate(skb, self, to, peer);
	if (reason == NSM_COUNTER_drop_host_headers)
		return drop(reason);
	if (!reason && peer) {
		if (mine)
			mine->fast_sent += 1;
		return send_to_underlay(skb, peer);
	}
	count(reason);
	if (set_tunnel_key(skb, &to->remote, &to->local, to->vni, 0))
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
