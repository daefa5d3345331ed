// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* What a tunnel puts in front of a frame, behind the outer Ethernet header: over IPv4, without
 * options and without a UDP checksum. */
#pragma once

#include <linux/ip.h>
#include <linux/udp.h>

#include "bpf/parse.h"

#define VXLAN_HAS_VNI 0x08000000 /* RFC 7348: the only flag */

#define ECN_MASK		   0x3 /* RFC 3168 */
#define ECN_CAPABLE_0		   0x2
#define ECN_CONGESTION_EXPERIENCED 0x3

struct outer_headers {
	struct iphdr ip;
	struct udphdr udp;
	struct vxlan_header vxlan;
	__u8 frame[ETH_HLEN]; /* the inner Ethernet header */
	__u8 padding[2];
};
#define OUTER_SIZE (sizeof(struct outer_headers) - 2)
_Static_assert(OUTER_SIZE == 20 + 8 + 8 + 14, "outer headers");

/* Of the IP header; of one whose checksum is right and in it, 0. */
static __always_inline __sum16 ip_checksum(const struct iphdr *ip)
{
	const __u32 *words = (const __u32 *)ip;
	__u64 sum = 0;

	for (int i = 0; i < 5; i++)
		sum += words[i];
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}
