#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint       (neither registries nor a name server)
#
# Test that a Close needs nothing to be looked up: where a connection goes is remembered with it, so all of it ends at
# once at both ends while the registries of both domains and the name server are away.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

cross_connects() { dump "$1" | jq '.dataplane.cross_connects | length'; }
established_are() { (($(dump "$1" | jq .established) == $2)); }

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
for hop in {nsmgr,forwarder}-{west,east}-node1 proxy-west-node1; do
  wait_for 5 "connection at $hop" established_are "$hop" 1
done

kill_hard registry-west-node1
kill_hard registry-east-node1
kill_hard dnsmasq
stop client
for hop in {nsmgr,forwarder}-{west,east}-node1 proxy-west-node1; do
  wait_for 1 "no connection at $hop" established_are "$hop" 0
done
for forwarder in forwarder-{west,east}-node1; do
  expect "cross-connects of $forwarder" "$(cross_connects "$forwarder")" -eq 0
done
wait_for 1 "no interface at the endpoint" interfaces_are endpoint 0
rig_end
