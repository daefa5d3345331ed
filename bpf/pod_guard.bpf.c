// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Attached to tc egress of a guarded attachment's interface inside the pod: drops at once what the
 * host guard would drop, so that the sender's own counters show it. It enforces nothing: a pod can
 * remove it.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/guard.h"
#include "bpf/maps.h"

SEC("tc")
int pod_guard(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex & ~NSM_POD_END_BIT; /* of the host end */
	const struct nsm_egress *to = bpf_map_lookup_elem(&egress, &ifindex);

	if (!to || !to->guarded)
		return TC_ACT_UNSPEC;
	/* what passes is counted by the host guard */
	if (passes(judge_source(skb, ifindex, to->payload)))
		return TC_ACT_UNSPEC;
	return drop(NSM_COUNTER_drop_pod_early);
}

char program_license[] SEC("license") = "GPL";
