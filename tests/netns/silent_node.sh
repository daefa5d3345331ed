#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client, idle ── west node1 ══ internet ══ east node1 ── near   (comes later)
#                                             └ node2 ──── far    (its node loses its power)
#
# Test that a node from which nothing comes any more, not even the end of its TCP connections, is known to be dead within
# some three seconds where nobody asks it anything: TCP connections with it end at both sides. That a client of an endpoint
# there goes to another one sooner, since its packets stop, and one that does not look at packets then; and that connections
# which are only idle last.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
at() { [[ $(peer "$1" nsm-1) == "$2".* ]] && answers "$1" "$(peer "$1" nsm-1)"; }
# with NAMESPACE ADDRESS: TCP connections.
with() { inside "$1" ss -Htn state established dst "$2" | wc -l; }
without() { (($(with "$@") == 0)); }

endpoint far east 2 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
client idle west 1 'kernel://icmp-responder@east.test/nsm-1' --echo-interval 1h
connected idle nsm-1
endpoint near east 1 172.16.2.0/24
# Twice as long as silence is taken for death: what is idle and alive stays.
ping_start alive client "$(peer client nsm-1)"
wait_for 10 "six seconds of idle streams" log_has alive 'icmp_seq=300 '
ping_end alive
not log_has proxy-west-node1 'monitoring .* lost' || fail "an idle stream was lost"
expect "TCP connections of the west's proxy with the node" "$(with w1 203.0.113.12)" -ge 1
expect "TCP connections of the registry's node with the node" "$(with e1 10.0.0.2)" -ge 1

begin=$(now)
for device in eth0 eth1; do ip_in e2 link set "$device" down; done
wait_for 3 "client at near" at client 172.16.2
note "client at near after $(($(now) - begin)) ms"
wait_for 3 "the proxy's stream to the dead node is lost" log_has proxy-west-node1 'monitoring tcp://203.0.113.12:5001: lost'
note "stream lost after $(($(now) - begin)) ms"
for side in "w1 203.0.113.12" "e1 10.0.0.2"; do
  # shellcheck disable=SC2086
  wait_for 3 "no TCP connections: $side" without $side
done
wait_for 5 "the idle client at near" at idle 172.16.2
note "the idle client at near after $(($(now) - begin)) ms"
connected client nsm-1
rig_end
