#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client, other ── west node1 ══ internet ══ east node1 ── endpoint       (100 pings a second)
#
# Test that a client which is killed together with its NSMgr, so that nobody knows the path any more, goes on with its
# interface, its address and its tunnel, with not one echo lost, also after the old token's end; and that a client
# which is killed together with NSMgr and forwarder does so with its interface.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[all]="--max-token-lifetime 15s"
OPTIONS[nsc]="--request-timeout 3s"
rig_up

ends() { echo "$(own_address client nsm-1) $(ip_in client -j link show nsm-1 | jq .[].ifindex) $(first_interface endpoint)"; }
expiry() { dump client | jq '[.. | objects | .expires? // empty | numbers] | max // 0'; }
refreshed() { (($(expiry) > $1)); }

endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
before=$(ends)
PING_INTERVAL=0.01 ping_start echoes client "$(peer client nsm-1)"

kill_hard client
kill_hard nsmgr-west-node1
start_again nsmgr-west-node1
seconds=$(date +%s)
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
wait_for 10 "client again" has_connections client 1
# By then the token of the client's first life, of 15 s, has ended.
wait_for 30 "refreshes of the new client" refreshed $((seconds + 33))
ping_end echoes
expect "address and interfaces" "$(ends)" = "$before"
expect "connections of the endpoint" "$(dump endpoint | jq '.connections | length')" -eq 1

link=$(ip_in client -j link show nsm-1 | jq .[].ifindex)
for program in client nsmgr-west-node1 forwarder-west-node1; do kill_hard "$program"; done
start_again nsmgr-west-node1
start_again forwarder-west-node1
wait_for 10 "forwarder at its NSMgr" has_forwarder nsmgr-west-node1
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
wait_for 10 "client again" has_connections client 1
expect "the client's link" "$(ip_in client -j link show nsm-1 | jq .[].ifindex)" -eq "$link"
wait_for 25 "one interface at the endpoint, after the old token's end" interfaces_are endpoint 1
ping_all client "$(peer client nsm-1)"

stop client
back_to_remembered 20
rig_end
