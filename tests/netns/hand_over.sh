#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client: nsc --once, then nsc ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that what an init container has connected, by the value of a pod's annotation, is taken up by the resident
# client of the same name: 100 pings a second go on through the hand-over, and none is lost. Until then the init
# container's end leaves the connection alone; the resident client's end closes it.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
endpoint endpoint east 1 172.16.1.0/24

export NS_NETWORKSERVICEMESH_IO=' icmp-responder@east.test/nsm-1?app=ping'
client client west 1 "" --once
ended client
expect "exit status of nsc --once" "$ENDED_STATUS" -eq 0
log_has client "all services are connected" || fail "nsc --once does not say that it has connected all"
connected client nsm-1
connections=$(dump endpoint | jq '.connections | length')
expect "connections of the endpoint" "$connections" -eq 1

PING_INTERVAL=0.01 ping_start pings client "$(peer client nsm-1)"
client client west 1 ""
wait_for 10 "the resident client to take the connection up" log_has client "taking up the connection"
wait_for 10 "the resident client's connection" has_connections client 1
ping_end pings
expect "connections of the endpoint" "$(dump endpoint | jq '.connections | length')" -eq 1
expect "interfaces of the client" "$(interfaces client)" -eq 1

stop client
wait_for 2 "no interface in the client's pod" not has_interface client nsm-1
rig_end
