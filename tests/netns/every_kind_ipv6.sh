#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#                      ┌── west node1 ── 6 endpoints
#   client ── west node1 ══ west node2 ── 6 endpoints
#                      └══ internet (IPv6, no NAT) ══ east node1 ── 6 endpoints
#
# Test payloads ETHERNET and IP, each with IPv4, IPv6 and both inside, within a node, between two, and between
# domains: ping and TCP, both ways. Names, NSMgrs and tunnels have global IPv6 addresses; by the capture, nothing
# else is used for tunnels.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=lib/kinds.sh
source "$NSM_ROOT/tests/netns/lib/kinds.sh"
UNDERLAY=ipv6
rig_up
capture outside inet west "tcp portrange 5000-5006 or udp port 4789"
every_kind east.test
no_questions
capture_end outside
expect "tunnel packets over IPv6" "$(captured outside 'ip6 and udp port 4789')" -ge 100
expect "packets of ours over IPv4" "$(captured outside ip)" -eq 0
rig_end
