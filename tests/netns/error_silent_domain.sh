#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ─► proxy NSR ─► silent.test, 192.0.2.99: no answer of any kind
#
# Test that a domain that does not answer is an error within the client's deadline that names it and the proxy
# which called, and leaves nothing; and that the second of two addresses is tried when the first is silent.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
dns_name silent.test 192.0.2.99
dns_name half.test 192.0.2.99 "$(external east 1)"
make_dns
start_domain west
start_domain east

endpoint endpoint east 1 172.16.1.0/24
remember
client client west 1 'kernel://icmp-responder@silent.test/nsm-1'
refused client 6 192.0.2.99 proxy-west-node1
stop client
back_to_remembered 5

client half west 1 'kernel://icmp-responder@half.test/nsm-1'
connected half nsm-1
rig_end
