#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1, its proxy ══ internet ══ proxy, east node1 ── endpoint       (100 pings a second)
#
# Test that every hop of both sides can be killed hard and started again under another name, as a pod of a DaemonSet
# is, with not one echo lost: interfaces and tunnels stay, the connection is refreshed through all of them, and when
# the client closes it, nothing is left at either end.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[all]="--max-token-lifetime 15s"
OPTIONS[nsc]="--request-timeout 3s"
OPTIONS[proxy-east-node1]="--advertise proxy"
rig_up

path() { dump client | jq -r 'first(.. | objects | .path? // empty | map(.name) | join(" > "))'; }
goes_through() { [[ $(path) == *" > other-$1 > "* ]]; }
refreshed() { (($(dump client | jq '[.. | objects | .expires? // empty | numbers] | max // 0') > $1)); }
# Ids, VNIs and interfaces of both nodes.
joined() {
  for end in west east; do
    dump "forwarder-$end-node1" | jq -S '.dataplane.cross_connects | del(.. | objects | .expiry, .traffic)'
  done
}
same_but_for_names() {
  everything | sed 's/other-//g' >"$RIG/after"
  cmp -s "$RIG/before" "$RIG/after"
}

endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
before=$(joined)
[[ $(path) == *"proxy-west-node1 > proxy-east-node1"* ]] || fail "the proxies are not on the way: $(path)"
PING_INTERVAL=0.01 ping_start echoes client "$(peer client nsm-1)"

for program in {forwarder,nsmgr,proxy}-{west,east}-node1; do
  kill_hard "$program"
  OPTIONS[$program]+=" --name other-$program"
  start_again "$program"
  wait_for 20 "way through other-$program" goes_through "$program"
  wait_for 5 "connection listed by other-$program" knows "$program" client
  expect "what is joined after other-$program" "$(joined)" = "$before"
done
# By then what nobody refreshes under the old names, for 15 s, has ended.
seconds=$(date +%s)
wait_for 30 "refresh after the end of the old tokens" refreshed $((seconds + 32))
ping_end echoes
expect "connections of the endpoint" "$(dump endpoint | jq '.connections | length')" -eq 1

stop client
wait_for 2 "no interface at the endpoint" interfaces_are endpoint 0
holds 20 same_but_for_names || fail "left behind: $(diff "$RIG/before" "$RIG/after")"
rig_end
