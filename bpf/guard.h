// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * Judges what a pod sends. This comment is the rule: behind each condition stands what a frame that
 * does not meet it is dropped as, and the first of these counts. tests/bpf/guard_rule.cc is the
 * rule once more in C++; a test compares both. "Allowed" is what map "allowed_sources" has for the
 * attachment: what the other end knows as the pod's address or has a route to.
 *
 * Frames have no VLAN tag, not even for a priority alone (drop_guard_vlan). By their Ethernet type
 * they are IPv4, IPv6 or, with payload ETHERNET, ARP (drop_guard_not_ip), so that none in IEEE
 * 802.3 framing pass. IP headers are whole (drop_guard_short) and of that version
 * (drop_guard_not_ip).
 *
 * IPv4 has an allowed source (drop_guard_ipv4), in each fragment.
 *
 * ARP is whole (drop_guard_short), a request or reply about Ethernet and IPv4 with addresses of 6
 * and 4 bytes, and has an allowed sender (drop_guard_arp). A request by 0.0.0.0 looks for
 * duplicates (RFC 5227) and passes as seen_duplicate_detection: Linux gives up no address for it.
 *
 * IPv6:
 *   1. The source is allowed, link-local or unspecified (drop_guard_ipv6).
 *   2. The message can be found behind extension headers, which are hop-by-hop and destination
 *      options, routing, fragment, authentication, mobility, HIP and Shim6: at most 8
 *      (drop_guard_extension). Fragments but the first have none. Of each of these headers and of
 *      an ICMPv6 message 8 bytes are read, and must be there (drop_guard_short). The packet ends
 *      where it says, whatever follows in the frame; a jumbogram, which says length 0 and starts
 *      with hop-by-hop options, ends with the frame.
 *   3. A source that is not allowed sends only link messages, that is ICMPv6 of types 130-132 and
 *      143 (MLD) and 133-137 (ND), not in fragments, not those of 4., and the unspecified one no
 *      neighbour advertisements (drop_guard_ipv6).
 *
 *   Whatever its source, a link message:
 *   4. is no fragment, not even the only one (RFC 6980, drop_guard_fragment), and is not what a
 *      router says: router advertisement, redirect, listener query (drop_guard_router). They would
 *      configure the other pod.
 *   5. has hop limit 255 if it is ND (drop_guard_hop_limit).
 *   6. claims no address that is neither allowed nor link-local (drop_guard_neighbor); the target
 *      is there (drop_guard_short). Neighbour advertisements claim, and solicitations of the
 *      unspecified source, which look for duplicates: the other pod might give its address up.
 *   7. counts as seen_multicast_listener, seen_duplicate_detection or seen_neighbor_discovery if
 *      its source is not allowed.
 *
 * Link-layer addresses are not judged: a wire with two ends leads to the same pod whatever they
 * are, and who gives wrong ones misses only answers of its own.
 */
#pragma once

#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/extension_headers.h"
#include "bpf/maps.h"
#include "bpf/parse.h"

#define ARP_ETHERNET 1
#define ARP_REQUEST  1
#define ARP_REPLY    2

#define MLD_QUERY		  130
#define MLD_REPORT		  131
#define MLD_DONE		  132
#define ND_ROUTER_SOLICITATION	  133
#define ND_ROUTER_ADVERTISEMENT	  134
#define ND_NEIGHBOR_SOLICITATION  135
#define ND_NEIGHBOR_ADVERTISEMENT 136
#define ND_REDIRECT		  137
#define MLD2_REPORT		  143

#define ND_HOP_LIMIT 255

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
	if (ip.version != 4)
		return NSM_COUNTER_drop_guard_not_ip;
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
	if (arp.hardware != bpf_htons(ARP_ETHERNET) || arp.protocol != bpf_htons(ETH_P_IP) ||
	    arp.hardware_length != 6 || arp.protocol_length != 4)
		return NSM_COUNTER_drop_guard_arp;
	if (arp.operation != bpf_htons(ARP_REQUEST) && arp.operation != bpf_htons(ARP_REPLY))
		return NSM_COUNTER_drop_guard_arp;
	__builtin_memcpy(&ipv4, arp.sender, sizeof(ipv4));
	if (!ipv4 && arp.operation == bpf_htons(ARP_REQUEST))
		return NSM_COUNTER_seen_duplicate_detection;
	address_from_ipv4(&sender, ipv4);
	return is_allowed(ifindex, 4, &sender) ? NSM_COUNTER_none : NSM_COUNTER_drop_guard_arp;
}

static __always_inline int is_multicast_listener(__u8 message)
{
	return (message >= MLD_QUERY && message <= MLD_DONE) || message == MLD2_REPORT;
}

static __always_inline int is_neighbor_discovery(__u8 message)
{
	return message >= ND_ROUTER_SOLICITATION && message <= ND_REDIRECT;
}

static __always_inline int is_of_a_router(__u8 message)
{
	return message == ND_ROUTER_ADVERTISEMENT || message == ND_REDIRECT || message == MLD_QUERY;
}

/* Sets `message` to the type of a link message, which is never 0, and to 0 for all else. */
static __always_inline enum nsm_counter read_link_message(struct ipv6_payload *payload,
							  __u8 *message)
{
	__u8 icmp[8];

	*message = 0;
	if (payload->protocol != IPPROTO_ICMPV6)
		return NSM_COUNTER_none;
	if (payload_read(payload, icmp, sizeof(icmp)))
		return NSM_COUNTER_drop_guard_short;
	if (is_multicast_listener(icmp[0]) || is_neighbor_discovery(icmp[0]))
		*message = icmp[0];
	return NSM_COUNTER_none;
}

/* 3. */
static __always_inline int is_needed_by_link(const struct ipv6_payload *payload, __u8 message,
					     int unspecified)
{
	if (!message || payload->is_fragment || is_of_a_router(message))
		return 0;
	return !unspecified || message != ND_NEIGHBOR_ADVERTISEMENT;
}

/* 6. */
static __always_inline enum nsm_counter judge_claimed(struct ipv6_payload *payload, __u32 ifindex)
{
	struct nsm_address target;

	if (payload_read(payload, &target, sizeof(target)))
		return NSM_COUNTER_drop_guard_short;
	if (address_is_link_local(&target) || is_allowed(ifindex, 6, &target))
		return NSM_COUNTER_none;
	return NSM_COUNTER_drop_guard_neighbor;
}

/* 4. to 6. */
static __always_inline enum nsm_counter judge_link_message(struct ipv6_payload *payload,
							   __u8 message, __u8 hop_limit,
							   int unspecified, __u32 ifindex)
{
	if (payload->is_fragment)
		return NSM_COUNTER_drop_guard_fragment;
	if (is_of_a_router(message))
		return NSM_COUNTER_drop_guard_router;
	if (is_neighbor_discovery(message) && hop_limit != ND_HOP_LIMIT)
		return NSM_COUNTER_drop_guard_hop_limit;
	if (message == ND_NEIGHBOR_ADVERTISEMENT ||
	    (message == ND_NEIGHBOR_SOLICITATION && unspecified))
		return judge_claimed(payload, ifindex);
	return NSM_COUNTER_none;
}

/* 7. */
static __always_inline enum nsm_counter as_seen(__u8 message, int unspecified)
{
	if (is_multicast_listener(message))
		return NSM_COUNTER_seen_multicast_listener;
	if (message == ND_NEIGHBOR_SOLICITATION && unspecified)
		return NSM_COUNTER_seen_duplicate_detection;
	return NSM_COUNTER_seen_neighbor_discovery;
}

static __always_inline enum nsm_counter judge_ipv6(struct cursor cursor, __u32 ifindex)
{
	struct ipv6_payload payload = {};
	struct nsm_address source;
	enum nsm_counter reason;
	int allowed, unspecified;
	struct ipv6hdr ip;
	__u8 message;

	if (cursor_read(&cursor, &ip, sizeof(ip)))
		return NSM_COUNTER_drop_guard_short;
	if (ip.version != 6)
		return NSM_COUNTER_drop_guard_not_ip;
	address_from_ipv6(&source, &ip.saddr);
	allowed = is_allowed(ifindex, 6, &source);
	unspecified = address_is_unspecified(&source);
	if (!allowed && !unspecified && !address_is_link_local(&source))
		return NSM_COUNTER_drop_guard_ipv6;
	reason = find_payload(cursor, &ip, &payload);
	if (!reason)
		reason = read_link_message(&payload, &message);
	if (reason)
		return reason;
	if (!allowed && !is_needed_by_link(&payload, message, unspecified))
		return NSM_COUNTER_drop_guard_ipv6;
	if (message)
		reason = judge_link_message(&payload, message, ip.hop_limit, unspecified, ifindex);
	if (reason || allowed)
		return reason;
	return as_seen(message, unspecified);
}

/* Whether what judge_source says lets a packet through; all else is a reason to drop. */
static __always_inline int passes(enum nsm_counter judged)
{
	return judged == NSM_COUNTER_none || judged == NSM_COUNTER_seen_duplicate_detection ||
	       judged == NSM_COUNTER_seen_neighbor_discovery ||
	       judged == NSM_COUNTER_seen_multicast_listener;
}

/* What to count, if anything; counts nothing itself. */
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
