#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1, node2 ══ internet ══ east node1 (east.test, proxy)
#                                          ╚═══ east node2 ── endpoint
#
# Test that the endpoint may be on another node than the one a domain is entered by: the tunnel goes there directly.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 2 172.16.1.0/24
capture outside inet east 'udp port 4789'
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
client other west 2 'kernel://icmp-responder@203.0.113.11/nsm-1'
connected other nsm-1

wait_for 5 "tunnel from west node1" seen outside 'src 198.51.100.11 and dst 203.0.113.12' 5
wait_for 5 "tunnel from west node2" seen outside 'src 198.51.100.12 and dst 203.0.113.12' 5
capture_end outside
expect "tunnel packets at the entry node" "$(captured outside 'host 203.0.113.11')" -eq 0
rig_end
