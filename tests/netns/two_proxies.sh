#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1: Find ─► proxy on node1      east node1: proxy, entered first
#                      Request ─► proxy on node2      east node2: proxy ── endpoint
#
# Test that proxies keep nothing that another would miss: each domain's Find is answered by the proxy on node1,
# which publishes the one on node2 for the Request. Then the first one ends, and a refresh still succeeds.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[nsc]="--max-token-lifetime 15s"
rig_open
make_underlay
dns_name east.test "$(external east 2)"
dns_name west.test "$(external west 2)"
make_dns
PUBLIC_PROXY=2 start_domain west
PUBLIC_PROXY=2 start_domain east
start_proxy west 2
start_proxy east 2
wait_for 10 "second proxy of west" listens w2 tcp 5006
wait_for 10 "second proxy of east" listens e2 tcp 5006

endpoint endpoint east 2 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
knows proxy-west-node2 client || fail "the second proxy did not carry the Request"
! knows proxy-west-node1 client || fail "the first proxy did carry the Request"

# Of the two addresses of east.test the one that still answers is used.
stop proxy-east-node1
client late west 1 'kernel://icmp-responder@east.test/nsm-1'
connected late nsm-1
ping_all client 172.16.1.0
rig_end
