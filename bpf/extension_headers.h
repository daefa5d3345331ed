// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Finds what an IPv6 packet carries behind its extension headers.
 *
 * A packet ends where its own payload length says: a receiver cuts off what follows in the frame,
 * so that what stands there must not be taken for a part of the chain.
 */
#pragma once

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>

#include "bpf/counters.h"
#include "bpf/parse.h"

/* RFC 8200 has room for six: each at most once, destination options twice. */
#define MOST_EXTENSION_HEADERS 8

#define PROTOCOL_HIP   139 /* RFC 7401 */
#define PROTOCOL_SHIM6 140 /* RFC 5533 */

#define IPV6_FRAGMENT_OFFSET 0xfff8

/* The first bytes of each kind. */
struct extension_header {
	__u8 next;
	__u8 length;
	__be16 fragment; /* fragment header: offset in bytes, flags */
	__u8 rest[4];
};

struct ipv6_payload {
	struct cursor cursor; /* at the message */
	__u32 end;	      /* of the packet, as an offset like the cursor's */
	__u8 protocol;	      /* IPPROTO_FRAGMENT: not the first one, which has the message */
	__u8 is_fragment;     /* a single one (RFC 6946) as well */
};

static __always_inline int payload_read(struct ipv6_payload *payload, void *to, __u32 size)
{
	if (payload->cursor.offset + size > payload->end)
		return -1;
	return cursor_read(&payload->cursor, to, size);
}

/* In bytes; 0: `protocol` is no extension header. What ESP hides is a message like any other. */
static __always_inline __u32 extension_size(__u8 protocol, __u8 length)
{
	switch (protocol) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
	case IPPROTO_MH:
	case PROTOCOL_HIP:
	case PROTOCOL_SHIM6:
		return 8 * (length + 1);
	case IPPROTO_AH:
		return 4 * (length + 2);
	case IPPROTO_FRAGMENT:
		return sizeof(struct extension_header);
	default:
		return 0;
	}
}

static __always_inline __u32 packet_end(const struct __sk_buff *skb, const struct ipv6hdr *ip)
{
	/* a jumbogram (RFC 2675): so kernels pass on what is aggregated beyond 64 KiB */
	if (!ip->payload_len && ip->nexthdr == IPPROTO_HOPOPTS)
		return skb->len;
	return ETH_HLEN + sizeof(*ip) + bpf_ntohs(ip->payload_len);
}

/* NSM_COUNTER_none, or why the message cannot be found. The cursor is behind the IPv6 header. */
static __always_inline enum nsm_counter find_payload(struct cursor cursor, const struct ipv6hdr *ip,
						     struct ipv6_payload *payload)
{
	struct extension_header header;

	payload->cursor = cursor;
	payload->end = packet_end(cursor.skb, ip);
	payload->protocol = ip->nexthdr;
	for (int i = 0; i < MOST_EXTENSION_HEADERS; i++) {
		if (!extension_size(payload->protocol, 0))
			return NSM_COUNTER_none;
		if (payload_read(payload, &header, sizeof(header)))
			return NSM_COUNTER_drop_guard_short;
		if (payload->protocol == IPPROTO_FRAGMENT) {
			payload->is_fragment = 1;
			if (header.fragment & bpf_htons(IPV6_FRAGMENT_OFFSET))
				return NSM_COUNTER_none;
		}
		payload->cursor.offset +=
			extension_size(payload->protocol, header.length) - sizeof(header);
		payload->protocol = header.next;
	}
	return extension_size(payload->protocol, 0) ? NSM_COUNTER_drop_guard_extension
						    : NSM_COUNTER_none;
}
