// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Reading headers. A cursor copies instead of looking into the packet: it sees behind the linear
 * part without pulling data in, which must never be done to a GSO packet.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "bpf/types.h"

struct cursor {
	struct __sk_buff *skb;
	__u32 offset;
};

struct vxlan_header {
	__be32 flags;
	__be32 vni; /* in the upper 24 bits */
};

#define IPV4_FRAGMENT_OFFSET 0x1fff
#define IPV4_MORE_FRAGMENTS  0x2000

/* Copies the next `size` bytes and moves behind them; negative if the packet ends before. */
static __always_inline int cursor_read(struct cursor *cursor, void *to, __u32 size)
{
	if (bpf_skb_load_bytes(cursor->skb, cursor->offset, to, size))
		return -1;
	cursor->offset += size;
	return 0;
}

static __always_inline void address_from_ipv4(struct nsm_address *address, __be32 ipv4)
{
	address->words[0] = 0;
	address->words[1] = 0;
	address->words[2] = bpf_htonl(0xffff);
	address->words[3] = ipv4;
}

static __always_inline void address_from_ipv6(struct nsm_address *address, const void *ipv6)
{
	__builtin_memcpy(address, ipv6, sizeof(*address));
}

static __always_inline int address_equal(const struct nsm_address *a, const struct nsm_address *b)
{
	return a->words[0] == b->words[0] && a->words[1] == b->words[1] &&
	       a->words[2] == b->words[2] && a->words[3] == b->words[3];
}

static __always_inline int address_is_ipv4(const struct nsm_address *address)
{
	return !address->words[0] && !address->words[1] && address->words[2] == bpf_htonl(0xffff);
}

static __always_inline int address_is_link_local(const struct nsm_address *address)
{
	return (address->words[0] & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

static __always_inline int is_group_address(const __u8 mac[ETH_ALEN])
{
	return mac[0] & 1;
}

static __always_inline int address_is_unspecified(const struct nsm_address *address)
{
	return !(address->words[0] | address->words[1] | address->words[2] | address->words[3]);
}
