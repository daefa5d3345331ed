// SPDX-License-Identifier: GPL-2.0 OR Apache-2.0
/*
 * How two nodes learn whether packets get from one to the other and back: the frame inside of a
 * VXLAN packet to the port of tunnels. Programs and the dataplane (C++) share it.
 *
 * A node asks; VXLAN ingress of the other one answers, whether or not a forwarder runs there. Only
 * those answer that have said so when a connection was made, and only to whom they have one with.
 * Include <linux/types.h> first.
 */
#pragma once

#include "bpf/types.h"

#define NSM_PROBE_VNI  0      /* no tunnel's: VNIs begin at 1 */
#define NSM_PROBE_TYPE 0x88b5 /* IEEE 802, local experimental */

/* Nobody's. Some kernels' VXLAN devices drop what has no source (fixed and unfixed in 2024). */
#define NSM_PROBE_MAC                                                                              \
	{                                                                                          \
		0x02, 0, 0, 0, 0, 0x01                                                             \
	}
/* RFC 4594, network control: liveness is not to be lost to what it is about. */
#define NSM_PROBE_TOS 0xc0

enum nsm_probe_kind {
	NSM_PROBE_QUESTION = 1,
	NSM_PROBE_ANSWER = 2,
};

struct nsm_probe {
	__u8 destination[6]; /* NSM_PROBE_MAC, and so is the source */
	__u8 source[6];
	__be16 type;  /* NSM_PROBE_TYPE */
	__u8 kind;    /* enum nsm_probe_kind */
	__u8 hears;   /* of a question, 1: whoever asks has heard of the other one lately */
	__u8 rest[2]; /* zero */
};
NSM_ASSERT_SIZE(nsm_probe, 6 + 6 + 2 + 1 + 1 + 2);
