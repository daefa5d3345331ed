// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Judges the source of what a pod sends. Passes what has a negotiated source, and what a link needs
 * to work: neighbour discovery and multicast listener reports of link-local addresses, and
 * duplicate detection. Router advertisements and redirects are no part of that: they would
 * configure the other pod.
 */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/maps.h"
#include "bpf/parse.h"

#define ARP_REQUEST		  1
#define ND_ROUTER_SOLICITATION	  133
#define ND_NEIGHBOR_SOLICITATION  135
#define ND_NEIGHBOR_ADVERTISEMENT 136
#define MLD_REPORT		  131
#define MLD_DONE		  132
#define MLD2_REPORT		  143

/* Ethernet and IPv4 as its addresses. */
struct arp_packet {
	__be16 hardware;
	__be16 protocol;
	__u8 hardware_length;
	__u8 protocol_length;
	__be16 operation;
	__u8 sender_mac[6];
	__u8 sender[4];
	__u8 target_mac[6];
	__u8 target[4];
};

static __always_inline int is_allowed(__u32 ifindex, __u32 family,
				      const struct nsm_address *address)
{
	struct nsm_source_key key = {
		.prefix_length = NSM_SOURCE_KEY_BITS,
		.ifindex = ifindex,
		.family = family,
		.address = *address,
	};

	return bpf_map_lookup_elem(&allowed_sources, &key) != 0;
}

static __always_inline enum nsm_counter judge_ipv4(struct cursor cursor, __u32 ifindex)
{
	struct nsm_address source;
	struct iphdr ip;

	if (cursor_read(&cursor, &ip, sizeof(ip)))
		return NSM_COUNTER_drop_guard_short;
	address_from_ipv4(&source, ip.saddr);
	return is_allowed(ifindex, 4, &source) ? NSM_COUNTER_none : NSM_COUNTER_drop_guard_ipv4;
}

static __always_inline enum nsm_counter judge_arp(struct cursor cursor, __u32 ifindex)
{
	struct nsm_address sender;
	struct arp_packet arp;
	__be32 ipv4;

	if (cursor_read(&cursor, &arp, sizeof(arp)))
		return NSM_COUNTER_drop_guard_short;
	if (arp.protocol != bpf_htons(ETH_P_IP) || arp.protocol_length != 4 ||
	    arp.hardware_length != 6)
		return NSM_COUNTER_drop_guard_arp;
	__builtin_memcpy(&ipv4, arp.sender, sizeof(ipv4));
	/* a probe for an address in use has no sender yet (RFC 5227) */
	if (!ipv4 && arp.operation == bpf_htons(ARP_REQUEST)) {
		count(NSM_COUNTER_seen_duplicate_detection);
		return NSM_COUNTER_none;
	}
	address_from_ipv4(&sender, ipv4);
	return is_allowed(ifindex, 4, &sender) ? NSM_COUNTER_none : NSM_COUNTER_drop_guard_arp;
}

/* The source has no address that could have been negotiated; counts what such a source needs to
 * send. */
static __always_inline enum nsm_counter judge_unnumbered(struct cursor cursor, __u8 protocol,
							 int unspecified)
{
	__u8 header[8];

	/* MLD always carries the router alert option */
	if (protocol == IPPROTO_HOPOPTS) {
		if (cursor_read(&cursor, header, sizeof(header)))
			return NSM_COUNTER_drop_guard_short;
		protocol = header[0];
		if (protocol != IPPROTO_ICMPV6 || header[1] != 0)
			return NSM_COUNTER_drop_guard_ipv6;
		if (cursor_read(&cursor, header, sizeof(header)))
			return NSM_COUNTER_drop_guard_short;
		if (header[0] != MLD_REPORT && header[0] != MLD_DONE && header[0] != MLD2_REPORT)
			return NSM_COUNTER_drop_guard_ipv6;
		count(NSM_COUNTER_seen_multicast_listener);
		return NSM_COUNTER_none;
	}
	if (protocol != IPPROTO_ICMPV6)
		return NSM_COUNTER_drop_guard_ipv6;
	if (cursor_read(&cursor, header, sizeof(header)))
		return NSM_COUNTER_drop_guard_short;
	if (unspecified && header[0] == ND_NEIGHBOR_SOLICITATION) {
		count(NSM_COUNTER_seen_duplicate_detection);
		return NSM_COUNTER_none;
	}
	if (header[0] != ND_ROUTER_SOLICITATION && header[0] != ND_NEIGHBOR_SOLICITATION &&
	    header[0] != ND_NEIGHBOR_ADVERTISEMENT)
		return NSM_COUNTER_drop_guard_ipv6;
	count(NSM_COUNTER_seen_neighbor_discovery);
	return NSM_COUNTER_none;
}

/* Whoever advertises an address takes its traffic, whatever source it does so from. */
static __always_inline enum nsm_counter judge_advertised(struct cursor cursor, __u32 ifindex)
{
	struct nsm_address target;
	__u8 header[8];

	if (cursor_read(&cursor, header, sizeof(header)))
		return NSM_COUNTER_drop_guard_short;
	if (header[0] != ND_NEIGHBOR_ADVERTISEMENT)
		return NSM_COUNTER_none;
	if (cursor_read(&cursor, &target, sizeof(target)))
		return NSM_COUNTER_drop_guard_short;
	if (address_is_link_local(&target) || is_allowed(ifindex, 6, &target))
		return NSM_COUNTER_none;
	return NSM_COUNTER_drop_guard_neighbor;
}

static __always_inline enum nsm_counter judge_ipv6(struct cursor cursor, __u32 ifindex)
{
	enum nsm_counter reason = NSM_COUNTER_none;
	struct nsm_address source;
	struct ipv6hdr ip;

	if (cursor_read(&cursor, &ip, sizeof(ip)))
		return NSM_COUNTER_drop_guard_short;
	address_from_ipv6(&source, &ip.saddr);
	if (ip.nexthdr == IPPROTO_ICMPV6)
		reason = judge_advertised(cursor, ifindex);
	if (reason)
		return reason;
	if (is_allowed(ifindex, 6, &source))
		return NSM_COUNTER_none;
	if (!address_is_link_local(&source) && !address_is_unspecified(&source))
		return NSM_COUNTER_drop_guard_ipv6;
	return judge_unnumbered(cursor, ip.nexthdr, address_is_unspecified(&source));
}

/* NSM_COUNTER_none: pass. Otherwise the reason to drop, which the caller counts. */
static __always_inline enum nsm_counter judge_source(struct __sk_buff *skb, __u32 ifindex,
						     __u8 payload)
{
	struct cursor cursor = {.skb = skb, .offset = ETH_HLEN};

	if (skb->vlan_present || skb->protocol == bpf_htons(ETH_P_8021Q) ||
	    skb->protocol == bpf_htons(ETH_P_8021AD))
		return NSM_COUNTER_drop_guard_vlan;
	if (skb->protocol == bpf_htons(ETH_P_IP))
		return judge_ipv4(cursor, ifindex);
	if (skb->protocol == bpf_htons(ETH_P_IPV6))
		return judge_ipv6(cursor, ifindex);
	/* with payload IP neighbours are permanent, and nobody asks */
	if (skb->protocol == bpf_htons(ETH_P_ARP) && payload != NSM_PAYLOAD_IP)
		return judge_arp(cursor, ifindex);
	return NSM_COUNTER_drop_guard_not_ip;
}
