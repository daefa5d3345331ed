#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client-w, endpoint-w ── west node1 ══ internet ══ east node1 ── endpoint-e, client-e
#
# Test that west uses a service of east while east uses one of west, asked for at the same moment, between the
# same two nodes.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint-w west 1 172.16.1.0/24
endpoint endpoint-e east 1 172.16.2.0/24
client client-w west 1 'kernel://icmp-responder@east.test/nsm-1'
client client-e east 1 'kernel://icmp-responder@west.test/nsm-1'
connected client-w nsm-1
connected client-e nsm-1
expect "address of east's endpoint" "$(peer client-w nsm-1)" = 172.16.2.0
expect "address of west's endpoint" "$(peer client-e nsm-1)" = 172.16.1.0

# The end of one is not the end of the other.
stop client-w
wait_for 2 "no interface in east's endpoint" interfaces_are endpoint-e 0
ping_all client-e 172.16.1.0
rig_end
