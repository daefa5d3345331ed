#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   3 connections ── west node1 ══ internet ══ east node1 ── endpoint   (tunnels blocked for a while, gRPC not)
#
# Test that both nodes of a pair know within a second that no packets get from one to the other, and say so of all
# connections between them, up to the NSMgr that a client asks; that they know when packets come through again; and that a
# forwarder which dies is no peer that dies.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
endpoint endpoint east 1 172.16.1.0/24
make_netns pod
start_load load west 1 icmp-responder@east.test 3 3 pod
wait_for 20 "3 connections" loaded load

states() { dump "$1" | jq -c '[.connections[].state] | unique'; }
are() { [[ $(states "$1") == "[\"$2\"]" ]]; }
answering() { [[ $(dump "$1" | jq -c '.dataplane | [.peers[].has_answered, .lost_peers]') == "[true,[]]" ]]; }
block() {
  inside inet nft 'table ip block { chain f { type filter hook forward priority 0; udp dport 4789 drop; }; }'
}
unblock() { inside inet nft 'delete table ip block'; }

for side in west east; do wait_for 3 "the other one answers $side" answering "forwarder-$side-node1"; done
for program in nsmgr-west-node1 nsmgr-east-node1; do expect "states at $program" "$(states "$program")" = '["UP"]'; done

block
for program in forwarder-west-node1 forwarder-east-node1 nsmgr-west-node1 nsmgr-east-node1; do
  wait_for 3 "DOWN at $program" are "$program" DOWN
done
expect "lost peers in the west" "$(dump forwarder-west-node1 | jq -c .dataplane.lost_peers)" = '["203.0.113.11"]'
expect "lost peers in the east" "$(dump forwarder-east-node1 | jq -c .dataplane.lost_peers)" = '["198.51.100.11"]'
for side in west east; do
  expect "connections at the forwarder" "$(dump "forwarder-$side-node1" | jq '.dataplane.cross_connects | length')" -eq 3
done

unblock
for side in west east; do wait_for 3 "the other one is back" answering "forwarder-$side-node1"; done
for side in west east; do
  expect "losses" "$(grep -c 'is lost' "$RIG/log/forwarder-$side-node1.log")" -eq 1
  expect "returns" "$(grep -c 'is there again' "$RIG/log/forwarder-$side-node1.log")" -eq 1
done

kill_hard forwarder-east-node1
answers=$(dump forwarder-west-node1 | jq .dataplane.counters.seen_probe_answer)
more() { (($(dump forwarder-west-node1 | jq .dataplane.counters.seen_probe_answer) > answers + 10)); }
wait_for 15 "answers without a forwarder" more
expect "losses without a forwarder" "$(grep -c 'is lost' "$RIG/log/forwarder-west-node1.log")" -eq 1
rig_end
