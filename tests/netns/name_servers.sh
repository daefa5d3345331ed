#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1, proxy ─► 192.0.2.99 dead, .61 SERVFAIL, .62 REFUSED, .63 wrong answers, .64 garbage,
#                                  .65 slow
#
# Test that a connection comes up although of all name servers but one each is bad in its own way, and the good one
# is slow and asked last; and that where all are bad the client is told in time the domain, what was asked, and what
# each server said.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
make_dns
bad_dns failing 192.0.2.61 failing
bad_dns refusing 192.0.2.62 refusing
bad_dns wrong 192.0.2.63 wrong
bad_dns garbage 192.0.2.64 garbage
bad_dns slow 192.0.2.65 slow "$DNS_SERVER"
bad=192.0.2.99,192.0.2.61,192.0.2.62,192.0.2.63,192.0.2.64
DNS_SERVERS=$bad,192.0.2.65 start_domain west
start_domain east

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1

stop proxy-west-node1
DNS_SERVERS=$bad start_again proxy-west-node1
wait_for 10 "proxy with bad name servers only" dump proxy-west-node1
client unlucky west 1 'kernel://icmp-responder@east.test/nsm-1'
refused unlucky 6 "domain east.test: asking for SRV records of registry.nsm-system.east.test" \
  "192.0.2.99:53: no valid answer; 192.0.2.61:53: SERVFAIL; 192.0.2.62:53: REFUSED; 192.0.2.63:53: no valid answer" \
  "192.0.2.64:53: no valid answer" proxy-west-node1
ping_all client 172.16.1.0
rig_end
