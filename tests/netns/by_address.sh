#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client-1, client-2, client-3 ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that a domain can be an IPv4 address of one of its nodes, alone and with a port, and a DNS name with a
# port; the port counts: another proxy listens there, and the default one is gone.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client-1 west 1 'kernel://icmp-responder@203.0.113.11/nsm-1'
connected client-1 nsm-1

PROXY_PORT=15005 start_proxy east 2
wait_for 10 "proxy at another port" listens e2 tcp 15005
stop proxy-east-node1
client client-2 west 1 'kernel://icmp-responder@203.0.113.12:15005/nsm-1'
connected client-2 nsm-1

start_proxy east 1
wait_for 10 "proxy at its port" listens e1 tcp 5005
client client-3 west 1 'kernel://icmp-responder@east.test:5005/nsm-1'
connected client-3 nsm-1
expect "interfaces in the endpoint's pod" "$(interfaces endpoint)" -eq 3
rig_end
