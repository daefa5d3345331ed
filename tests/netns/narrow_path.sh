#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ 1500, later 1400 ══ gateway ══ internet ══ gateway ══ east node1 ── endpoint
#
# Test that when the way to the peer gets narrower than it was when connections were made, a pod that forbids
# fragments is told so, with IPv4 and IPv6; that what may be fragmented still arrives; that TCP goes on without a
# stall; and that all is as before when the way is wide again.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need iperf3
rig_up

start_endpoint endpoint east 1 172.16.1.0/24,2001:db8:f::/64
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
peer6=$(peer client nsm-1 -6)
start iperf-server endpoint iperf3 --server
wait_for 5 "iperf3" listens endpoint tcp 5201
told() { ! inside client ping -c 1 -W 1 "$@" >"$RIG/log/told.log" 2>&1 && log_has told "mtu *= *1350"; }
# What the pod's kernel has learned of paths.
forget() { inside client ip route flush cache && inside client ip -6 route flush cache; }
echoed() { inside client ping -q -c 1 -W 1 "$@"; }

start iperf client iperf3 --client 172.16.1.0 --time 6 --json
wait_for 5 "traffic" has_traffic client
inside w1 ip route change default via 10.0.0.254 mtu 1400
wait_for 5 "the forwarder to notice" log_has forwarder-west-node1 "to 203.0.113.11 got narrower: connections have 1450, 1350 fits"
ended iperf
expect "exit status of iperf3" "$ENDED_STATUS" -eq 0
expect "seconds without traffic" "$(jq '[.intervals[].sum | select(.bytes == 0)] | length' "$RIG/log/iperf.log")" -eq 0
expect "packets of TCP that were answered" "$(drops forwarder-west-node1 '^told_too_big$')" -ge 1

forget
told -M "do" -s 1422 172.16.1.0 || fail "no answer to IPv4 of full size that may not be fragmented"
told -M "do" -s 1402 "$peer6" || fail "no answer to IPv6 of full size"
echoed -M "do" -s 1322 172.16.1.0 || fail "what fits does not arrive"
echoed -M "dont" -s 1422 172.16.1.0 || fail "what may be fragmented does not arrive"
inside client iperf3 --client 172.16.1.0 --bytes 50M --reverse --json >"$RIG/back.json"
expect "bytes received" "$(jq .end.sum_received.bytes "$RIG/back.json")" -ge 50000000

inside w1 ip route change default via 10.0.0.254
wait_for 5 "the forwarder to notice" log_has forwarder-west-node1 "to 203.0.113.11 is as wide as before"
forget
echoed -M "do" -s 1422 172.16.1.0 || fail "what fits again does not arrive"
rig_end
