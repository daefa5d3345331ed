#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   near ── west node1 ── endpoint       (joined without a tunnel)
#   far ─── west node2 ══ west node1     (tunnel between internal addresses)
#
# Test that a service of one's own domain is reached on the same node and from another, plainly and as
# ns@own-domain and ns@own-address, and that nothing of it is seen on the internet nor asked of a proxy.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint west 1 172.16.1.0/24
capture outside inet west 'not ip6 and not arp'
capture tunnel w2 eth0 'udp port 4789'
stop proxy-west-node1

client near west 1 'kernel://icmp-responder/nsm-1'
connected near nsm-1
client near-domain west 1 'kernel://icmp-responder@west.test/nsm-1'
connected near-domain nsm-1
client near-address west 1 'kernel://icmp-responder@198.51.100.12/nsm-1'
connected near-address nsm-1
expect "tunnel packets for one node" "$(captured tunnel udp)" -eq 0

client far west 2 'kernel://icmp-responder/nsm-1'
connected far nsm-1
client far-domain west 2 'kernel://icmp-responder@west.test/nsm-1'
connected far-domain nsm-1
client far-address west 2 'kernel://icmp-responder@198.51.100.11/nsm-1'
connected far-address nsm-1
wait_for 5 "tunnel of three connections" seen tunnel 'src 10.0.0.2 and dst 10.0.0.1' 15
expect "interfaces in the endpoint's pod" "$(interfaces endpoint)" -eq 6

capture_end tunnel
capture_end outside
expect "packets on the internet" "$(captured outside ip)" -eq 0
rig_end
