#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint       (ping all the time)
#
# Test that a forwarder of either side can be killed hard and started again with not one echo lost, that the
# connection is listed and refreshed afterwards, and that its end is then still complete.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[all]="--max-token-lifetime 15s"
OPTIONS[nsc]="--request-timeout 3s"
rig_up

expiry() { dump client | jq '[.. | objects | .expires? // empty | numbers] | max // 0'; }
refreshed() { (($(expiry) > $1)); }

endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
ping_start echoes client 172.16.1.0

for program in forwarder-{west,east}-node1; do
  kill_hard "$program"
  seconds=$(date +%s)
  start_again "$program"
  wait_for 10 "$program again" knows "$program" client
  wait_for 20 "refresh through the new $program" refreshed $((seconds + 15))
done
ping_end echoes

# What is adopted is also removed, when nobody has asked for it again.
kill_hard forwarder-east-node1
start_again forwarder-east-node1
wait_for 10 "forwarder at its NSMgr" has_forwarder nsmgr-east-node1
stop client
back_to_remembered 20
rig_end
