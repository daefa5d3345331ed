// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/* Keeps that something came from a peer. */
#pragma once

#include "bpf/maps.h"

/* Not by each packet: all CPUs have the peer in their caches. */
static __always_inline void stamp(__u64 *at)
{
	__u64 now = bpf_jiffies64();

	if (*at != now)
		*at = now;
}
