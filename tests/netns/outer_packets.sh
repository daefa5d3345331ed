#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ gateway ══ (captured here) ══ gateway ══ east node2 ── endpoint
#
# Test that the internet sees only external addresses, tunnels only as UDP 4789 in both directions, and
# neither internal addresses nor those of the pods.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
make_dns
capture outside inet west
start_domain west
start_domain east

endpoint endpoint east 2 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
wait_for 5 "tunnel packets" seen outside 'udp dst port 4789' 10
stop client
capture_end outside

there='src 198.51.100.11 and dst 203.0.113.12' back='src 203.0.113.12 and dst 198.51.100.11'
expect "tunnel packets to east" "$(captured outside "udp dst port 4789 and $there")" -ge 5
expect "tunnel packets to west" "$(captured outside "udp dst port 4789 and $back")" -ge 5
expect "UDP that is neither DNS nor a tunnel" "$(captured outside 'udp and not port 53 and not dst port 4789')" -eq 0
expect "tunnel packets between others" "$(captured outside "udp dst port 4789 and not ($there) and not ($back)")" -eq 0
expect "internal addresses" "$(captured outside 'ip and net 10.0.0.0/8')" -eq 0
expect "addresses of pods" "$(captured outside 'ip and net 172.16.0.0/12')" -eq 0
rig_end
