#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#             10.0.0.1     198.51.100.11       203.0.113.11    10.0.0.1
#
# Test that a client reaches a service of another domain by its DNS name, although both nodes have the
# same name and the same internal address, and that nothing of it is left in the pods after the end.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1

expect "endpoint's address" "$(peer client nsm-1)" = 172.16.1.0
expect "client's address" "$(own_address client nsm-1)" = 172.16.1.1
expect "MTU in the client's pod" "$(mtu_in client nsm-1)" -eq 1450
expect "interfaces in the endpoint's pod" "$(interfaces endpoint)" -eq 1
full_size_fits client 172.16.1.0 1450

stop client
wait_for 2 "no interface in the client's pod" not has_interface client nsm-1
wait_for 2 "no interface in the endpoint's pod" interfaces_are endpoint 0
rig_end
