#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1, proxy ─┬─ 2001:db8::99: never answers
#                                └─ 203.0.113.11 ══ east node1 ── endpoint
#
# Test that a domain whose IPv6 address, which comes first, is dead is reached by its IPv4 address; and that the dead
# one is tried once, not in every search.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
dns_name east.test 2001:db8::99
make_dns
ip_in inet route add blackhole 2001:db8::99
start_domain west
start_domain east

endpoint endpoint east 1 172.16.1.0/24
capture dead w1 eth0 'ip6 and tcp port 5005'
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
capture_end dead
first=$(captured dead tcp)
expect "packets to the dead address" "$first" -ge 1

capture later w1 eth0 'ip6 and tcp port 5005'
client second west 1 'kernel://icmp-responder@east.test/nsm-1'
connected second nsm-1
capture_end later
expect "packets to the dead address for another client" "$(captured later tcp)" -eq 0
rig_end
