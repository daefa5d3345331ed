#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   20 pods, 100 connections each ── west node1 ══ internet ══ east node1, node2 ── 4 endpoints
#
# Test that 2,000 connections between domains are made through the whole path of a Request, all carry packets at the
# same time, and that nothing is left of them when they are closed. Payload IP, whose permanent neighbours need no
# place in the ARP table, of which the kernel has one for all namespaces.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

for number in 1 2 3 4; do
  endpoint "endpoint-$number" east $((number % 2 + 1)) "172.$((15 + number)).0.0/20" --payload IP
done
pods=$(printf 'pod%d ' {1..20})
# shellcheck disable=SC2086
make_netns $pods
# A first connection, so that the channels which stay for good are there.
client warm west 1 'kernel://icmp-responder@east.test/nsm-1'
connected warm nsm-1
stop warm
remember

start_load load west 1 icmp-responder@east.test 2000 16 "$pods"
wait_for 180 "2,000 connections" loaded load
for pod in $pods; do expect "interfaces of $pod" "$(interfaces "$pod")" -eq 100; done
expect "connections that the forwarder knows" "$(dump forwarder-west-node1 | jq .established)" -eq 2000
expect "entries for tunnels" "$(dump forwarder-west-node1 | jq .dataplane.map_entries.ingress)" -eq 2000
note "$(jq -r 'select(.up) | "2,000 connections up in \(.seconds) s"' "$RIG/load.json")"

stop_load load
note "$(jq -r 'select(.closed) | "closed in \(.seconds) s"' "$RIG/load.json")"
back_to_remembered 30
rig_end
