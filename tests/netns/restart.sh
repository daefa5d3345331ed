#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint       (ping all the time)
#
# Test that each control program of both sides can end by SIGTERM and be started again with not one echo lost, and
# that the connection is listed and refreshed afterwards by all.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[all]="--max-token-lifetime 15s"
OPTIONS[nsc]="--request-timeout 3s"
rig_up

# expiry PROGRAM: latest of all segments of its connections, 0 when it has none.
expiry() { dump "$1" | jq '[.. | objects | .expires? // empty | numbers] | max // 0'; }
refreshed() { (($(expiry "$1") > $2)); }

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
link=$(ip_in client -j link show nsm-1 | jq '.[].ifindex')
ping_start echoes client 172.16.1.0

for program in {registry,nsmgr,forwarder,proxy}-{west,east}-node1; do
  stop "$program"
  seconds=$(date +%s)
  start_again "$program"
  wait_for 10 "$program again" dump "$program"
  # A life is 15 s, rounded up to whole seconds, so what expires later than that from now was refreshed by way of
  # the new process.
  wait_for 20 "refresh through the new $program" refreshed client $((seconds + 16))
  # East publishes its nodes, so its proxy is only asked for names.
  [[ $program == registry-* || $program == proxy-east-* ]] ||
    wait_for 5 "connection listed by $program" knows "$program" client
done

ping_end echoes
expect "the client's link" "$(ip_in client -j link show nsm-1 | jq '.[].ifindex')" -eq "$link"
knows registry-east-node1 endpoint || fail "the registry has lost the endpoint"
rig_end
