// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * The pinned maps; each object file declares all of them and shares those that are there already.
 * Hash maps allocate on demand: a node with few connections pays for few.
 */
#pragma once

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

#include "bpf/counters.h"
#include "bpf/types.h"

#define NSM_MAX_CROSS_CONNECTS	(1 << 16)
#define NSM_MAX_ATTACHMENTS	(2 * NSM_MAX_CROSS_CONNECTS)
#define NSM_MAX_ALLOWED_SOURCES (1 << 20)
#define NSM_MAX_WAYS_BACK	(1 << 20)
#define NSM_MAX_OWN_ADDRESSES	4096

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct nsm_node);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} node SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_CROSS_CONNECTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_record_key);
	__type(value, struct nsm_record);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} records SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_ATTACHMENTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct nsm_egress);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} egress SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_CROSS_CONNECTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_tunnel_key);
	__type(value, struct nsm_ingress);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} ingress SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, NSM_MAX_ALLOWED_SOURCES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_source_key);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} allowed_sources SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, NSM_MAX_WAYS_BACK);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_way_key);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} ways_back SEC(".maps");

/* By ifindex of a host end whose pod end has the arrival guard: the cookie of the pod's namespace.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_ATTACHMENTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} arrivals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_OWN_ADDRESSES);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_address);
	__type(value, __u32);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} own_addresses SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, NSM_MAX_CROSS_CONNECTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsm_address);
	__type(value, struct nsm_peer);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} peers SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, NSM_MAX_ATTACHMENTS);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct nsm_traffic);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} traffic SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, NSM_COUNTER_CAPACITY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
} counters SEC(".maps");

static __always_inline void count(__u32 counter)
{
	__u64 *value = bpf_map_lookup_elem(&counters, &counter);

	if (value)
		*value += 1;
}

static __always_inline int drop(enum nsm_counter reason)
{
	count(reason);
	return TC_ACT_SHOT;
}
