// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Where a packet that is sent by the node's VXLAN device goes. */
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "bpf/parse.h"

#define OUTER_TTL 64

static __always_inline long set_tunnel_key(struct __sk_buff *skb, const struct nsm_address *remote,
					   const struct nsm_address *local, __u32 vni, __u8 tos)
{
	struct bpf_tunnel_key key = {.tunnel_id = vni, .tunnel_ttl = OUTER_TTL, .tunnel_tos = tos};
	/* with one, NAT on the same host would spoil it while the inner one is still to be computed
	 */
	__u64 flags = BPF_F_ZERO_CSUM_TX;

	if (!address_is_ipv4(remote)) {
		__builtin_memcpy(key.remote_ipv6, remote, sizeof(key.remote_ipv6));
		__builtin_memcpy(key.local_ipv6, local, sizeof(key.local_ipv6));
		/* others need not take IPv6 without a checksum (RFC 6936) */
		flags = BPF_F_TUNINFO_IPV6;
	} else {
		/* IPv4 is in host order here, IPv6 is not */
		key.remote_ipv4 = bpf_ntohl(remote->words[3]);
		key.local_ipv4 = bpf_ntohl(local->words[3]);
	}
	if (!bpf_skb_set_tunnel_key(skb, &key, sizeof(key), flags))
		return 0;
	/* kernels before 6.0 know no local address: theirs is the one of the route to the peer */
	return bpf_skb_set_tunnel_key(skb, &key,
				      __builtin_offsetof(struct bpf_tunnel_key, local_ipv4), flags);
}
