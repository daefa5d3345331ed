// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* How large a packet is on the wire: the kernel hands over several as one. */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "bpf/parse.h"

/* Of one packet, from its IP header of this size on; 0: cannot be told. */
static __always_inline __u32 packet_size(struct __sk_buff *skb, __u8 protocol, __u32 ip_header)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN + ip_header};
	struct tcphdr tcp;

	if (!skb->gso_size)
		return skb->len - ETH_HLEN;
	if (protocol == IPPROTO_UDP)
		return ip_header + sizeof(struct udphdr) + skb->gso_size;
	if (protocol != IPPROTO_TCP || cursor_read(&cursor, &tcp, sizeof(tcp)))
		return 0;
	return ip_header + tcp.doff * 4 + skb->gso_size;
}

/* Likewise, of IPv4 or IPv6, whichever it is. */
static __always_inline __u32 ip_packet_size(struct __sk_buff *skb)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct ipv6hdr ipv6;
	struct iphdr ipv4;

	if (!skb->gso_size)
		return skb->len - ETH_HLEN;
	if (skb->protocol == bpf_htons(ETH_P_IP)) {
		if (cursor_read(&cursor, &ipv4, sizeof(ipv4)))
			return 0;
		return packet_size(skb, ipv4.protocol, ipv4.ihl * 4);
	}
	if (cursor_read(&cursor, &ipv6, sizeof(ipv6)))
		return 0;
	return packet_size(skb, ipv6.nexthdr, sizeof(ipv6));
}
