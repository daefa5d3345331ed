#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 (no forwarder) · east node1 (no forwarder) ── endpoint
#
# Test that a missing forwarder, on the client's node and on the endpoint's, is an error that names the NSMgr that
# misses it, and leaves nothing; and that the client is connected as soon as both are back.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
stop forwarder-west-node1 forwarder-east-node1
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
refused client 6 forwarder nsmgr-west-node1

start_again forwarder-west-node1
refused client 10 forwarder nsmgr-east-node1
stop client
stop forwarder-west-node1
back_to_remembered 5

start_again forwarder-west-node1
start_again forwarder-east-node1
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
rig_end
