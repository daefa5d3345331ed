#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ 9000 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#
# Test that interfaces have what the underlay carries less the encapsulation: a packet of just that size arrives
# whole, one byte more is refused by the pod's own kernel. The same at 1500 is part of by_name.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
UNDERLAY_MTU=9000
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
expect "MTU in the client's pod" "$(mtu_in client nsm-1)" -eq 8950
expect "MTU in the endpoint's pod" "$(mtu_in endpoint "$(first_interface endpoint)")" -eq 8950
full_size_fits client 172.16.1.0 8950
full_size_fits endpoint 172.16.1.1 8950
rig_end
