// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Tells a pod that its packet does not fit the path to the peer any more: ICMP "fragmentation
 * needed" (RFC 1191) or ICMPv6 "packet too big" (RFC 4443), in place of the packet and as if the
 * one that it was for had sent it. The kernel's VXLAN device would fragment outside instead, which
 * works, so that all which cannot be answered goes on to it: what may be fragmented, options,
 * multicast, errors.
 */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/maps.h"
#include "bpf/parse.h"
#include "bpf/segment.h"

#define FITS_EVERY_PATH	   576	/* RFC 791 */
#define LEAST_IPV6_MTU	   1280 /* RFC 8200; less is the link's own affair */
#define IPV4_DONT_FRAGMENT 0x4000
/* Of what is behind the IP header, as much as finds the sender's socket, and the kernel where a
 * checksum is still to be put. */
#define QUOTED 32

#define ICMP_ECHO_REPLY		  0
#define ICMP_UNREACHABLE	  3
#define ICMP_FRAGMENTATION_NEEDED 4
#define ICMP_ECHO_REQUEST	  8
#define ICMP6_PACKET_TOO_BIG	  2
#define ICMP6_INFORMATIONAL	  0x80

/* Both families': <linux/icmp.h> needs the C library. */
struct icmp_header {
	__u8 type;
	__u8 code;
	__sum16 checksum;
	__be32 rest;
};

struct too_big_ipv4 {
	struct iphdr ip;
	struct icmp_header icmp;
	struct iphdr quoted_ip;
	__u8 quoted[QUOTED];
};

struct too_big_ipv6 {
	struct ipv6hdr ip;
	struct icmp_header icmp;
	struct ipv6hdr quoted_ip;
	__u8 quoted[QUOTED];
};

static __always_inline __sum16 checksum(void *data, __u32 size, __wsum sum)
{
	sum = bpf_csum_diff(0, 0, data, size, sum);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static __always_inline void swap_macs(struct __sk_buff *skb)
{
	__u8 macs[2 * ETH_ALEN];

	if (bpf_skb_load_bytes(skb, 0, macs, sizeof(macs)))
		return;
	bpf_skb_store_bytes(skb, 0, macs + ETH_ALEN, ETH_ALEN, 0);
	bpf_skb_store_bytes(skb, ETH_ALEN, macs, ETH_ALEN, 0);
}

/* The answer takes the packet's place, which is longer. */
static __always_inline int send_back(struct __sk_buff *skb, void *answer, __u32 size)
{
	if (bpf_skb_change_tail(skb, ETH_HLEN + size, 0))
		return -1;
	if (bpf_skb_store_bytes(skb, ETH_HLEN, answer, size, 0))
		return -1;
	swap_macs(skb);
	count(NSM_COUNTER_told_too_big);
	return bpf_redirect(skb->ifindex, 0);
}

static __always_inline int is_icmp_error(struct __sk_buff *skb)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN + sizeof(struct iphdr)};
	struct icmp_header icmp;

	if (cursor_read(&cursor, &icmp, sizeof(icmp)))
		return 1;
	return icmp.type != ICMP_ECHO_REQUEST && icmp.type != ICMP_ECHO_REPLY;
}

static __always_inline int too_big_for_ipv4(struct __sk_buff *skb, __u32 mtu)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct too_big_ipv4 answer = {};
	const struct iphdr *ip = &answer.quoted_ip;

	if (cursor_read(&cursor, &answer.quoted_ip, sizeof(answer.quoted_ip) + QUOTED))
		return -1;
	if (ip->ihl != 5 || ip->frag_off != bpf_htons(IPV4_DONT_FRAGMENT) ||
	    (bpf_ntohl(ip->daddr) >> 28) == 0xe)
		return -1;
	if (packet_size(skb, ip->protocol, sizeof(*ip)) <= mtu)
		return -1;
	if (ip->protocol == IPPROTO_ICMP && is_icmp_error(skb))
		return -1;
	answer.ip.version = 4;
	answer.ip.ihl = 5;
	answer.ip.tot_len = bpf_htons(sizeof(answer));
	answer.ip.ttl = 64;
	answer.ip.protocol = IPPROTO_ICMP;
	answer.ip.saddr = ip->daddr;
	answer.ip.daddr = ip->saddr;
	answer.ip.check = checksum(&answer.ip, sizeof(answer.ip), 0);
	answer.icmp.type = ICMP_UNREACHABLE;
	answer.icmp.code = ICMP_FRAGMENTATION_NEEDED;
	answer.icmp.rest = bpf_htonl(mtu);
	answer.icmp.checksum = checksum(&answer.icmp, sizeof(answer) - sizeof(answer.ip), 0);
	return send_back(skb, &answer, sizeof(answer));
}

static __always_inline int is_icmp6_error(const struct too_big_ipv6 *answer)
{
	return answer->quoted_ip.nexthdr == IPPROTO_ICMPV6 &&
	       !(answer->quoted[0] & ICMP6_INFORMATIONAL);
}

static __always_inline int too_big_for_ipv6(struct __sk_buff *skb, __u32 mtu)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};
	struct too_big_ipv6 answer = {};
	const struct ipv6hdr *ip = &answer.quoted_ip;
	__be32 pseudo_header[2];

	if (mtu < LEAST_IPV6_MTU)
		mtu = LEAST_IPV6_MTU;
	if (cursor_read(&cursor, &answer.quoted_ip, sizeof(answer.quoted_ip) + QUOTED))
		return -1;
	if (packet_size(skb, ip->nexthdr, sizeof(*ip)) <= mtu)
		return -1;
	if (ip->daddr.s6_addr[0] == 0xff || is_icmp6_error(&answer))
		return -1;
	answer.ip.version = 6;
	answer.ip.payload_len = bpf_htons(sizeof(answer) - sizeof(answer.ip));
	answer.ip.nexthdr = IPPROTO_ICMPV6;
	answer.ip.hop_limit = 64;
	answer.ip.saddr = ip->daddr;
	answer.ip.daddr = ip->saddr;
	answer.icmp.type = ICMP6_PACKET_TOO_BIG;
	answer.icmp.rest = bpf_htonl(mtu);
	pseudo_header[0] = bpf_htonl(sizeof(answer) - sizeof(answer.ip));
	pseudo_header[1] = bpf_htonl(IPPROTO_ICMPV6);
	answer.icmp.checksum =
		checksum(&answer.ip.saddr,
			 sizeof(answer) - __builtin_offsetof(struct too_big_ipv6, ip.saddr),
			 bpf_csum_diff(0, 0, pseudo_header, sizeof(pseudo_header), 0));
	return send_back(skb, &answer, sizeof(answer));
}

/* The verdict, or negative: it fits, or goes on as it is. */
static __always_inline int answer_too_big(struct __sk_buff *skb, const struct nsm_peer *to)
{
	if (!to || !to->narrow || skb->len <= FITS_EVERY_PATH + ETH_HLEN)
		return -1;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return too_big_for_ipv4(skb, to->narrow);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return too_big_for_ipv6(skb, to->narrow);
	return -1;
}
