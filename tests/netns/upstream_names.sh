#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1, proxy ─┬─ Find ──► registry.nsm-system.east.test     SRV 15005, east node1
#                                └─ Request► nsmgr-proxy.nsm-system.east.test  SRV 5006, east node2 ── endpoint
#   back ──── east, proxies ──────── Find ─► registry.nsm-system.west.test     SRV 5005; Request to the node
#
# Test that domains are found by the names that NSM v1 publishes: SRV records give the ports, and the same names the
# addresses. Where a domain publishes its proxy NSMgr the Request goes there, whatever URL its registry gives.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
DOMAIN_NAMES=none
rig_open
make_underlay
dns_service registry.nsm-system.east.test 15005 "$(external east 1)"
dns_service nsmgr-proxy.nsm-system.east.test 5006 "$(external east 2)"
dns_service registry.nsm-system.west.test 5005 "$(external west 1)"
make_dns
start_domain west
PROXY_PORT=15005 start_domain east
start_proxy east 2
wait_for 10 "second proxy of east" listens e2 tcp 5006

endpoint in-east east 2 172.16.1.0/24
endpoint in-west west 2 172.16.2.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
knows proxy-east-node2 client || fail "the Request did not go to nsmgr-proxy.nsm-system.east.test"
! knows proxy-east-node1 client || fail "the Request went to the proxy that was asked"

client back east 1 'kernel://icmp-responder@west.test/nsm-1'
connected back nsm-1
! knows proxy-west-node1 back || fail "the Request went to a proxy that west does not publish"

# No other way is taken than the published one, and the error names it.
stop proxy-east-node2
client late west 1 'kernel://icmp-responder@east.test/nsm-1'
refused late 6 203.0.113.12:5006 proxy-west-node1
rig_end
