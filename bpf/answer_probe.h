// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What becomes of a probe: a question goes back as the answer, an answer is noted. */
#pragma once

#include "bpf/heard.h"
#include "bpf/maps.h"
#include "bpf/probe.h"
#include "bpf/tunnel_key.h"

static __always_inline int is_probe(struct __sk_buff *skb, struct nsm_probe *probe)
{
	struct cursor cursor = {.skb = skb};

	return !cursor_read(&cursor, probe, sizeof(*probe)) &&
	       probe->type == bpf_htons(NSM_PROBE_TYPE);
}

static __always_inline int answer_question(struct __sk_buff *skb, const struct nsm_address *peer,
					   const struct nsm_address *local)
{
	__u8 kind = NSM_PROBE_ANSWER;

	if (bpf_skb_store_bytes(skb, __builtin_offsetof(struct nsm_probe, kind), &kind,
				sizeof(kind), 0) ||
	    set_tunnel_key(skb, peer, local, NSM_PROBE_VNI, NSM_PROBE_TOS))
		return drop(NSM_COUNTER_drop_vxlan_probe);
	/* of the node's rules for what arrives */
	skb->mark = 0;
	count(NSM_COUNTER_seen_probe);
	return bpf_redirect(skb->ifindex, 0);
}

/* Of what came by the VXLAN device, from and to these addresses, with VNI NSM_PROBE_VNI. */
static __always_inline int take_probe(struct __sk_buff *skb, const struct nsm_address *remote,
				      const struct nsm_address *local)
{
	struct nsm_peer *peer = bpf_map_lookup_elem(&peers, remote);
	struct nsm_probe probe;

	if (!peer)
		return drop(NSM_COUNTER_drop_vxlan_unknown);
	if (!is_probe(skb, &probe))
		return drop(NSM_COUNTER_drop_vxlan_probe);
	if (probe.kind == NSM_PROBE_ANSWER) {
		stamp(&peer->heard);
		stamp(&peer->answered);
		return drop(NSM_COUNTER_seen_probe_answer);
	}
	if (probe.kind != NSM_PROBE_QUESTION)
		return drop(NSM_COUNTER_drop_vxlan_probe);
	/* else it may be that nothing of ours gets there */
	if (probe.hears)
		stamp(&peer->heard);
	return answer_question(skb, remote, local);
}
