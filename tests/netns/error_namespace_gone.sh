#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 (its forwarder sees neither the client's process nor its namespace) ══ east ── endpoint
#
# Test that a namespace which the forwarder cannot find, because it is gone or not of this node, is an error that
# names the forwarder, and leaves nothing on any hop, the endpoint's side included.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
remember
stop forwarder-west-node1
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
# The forwarder again, with a view of /run/netns and /proc that lacks the client.
hide="umount --lazy /run/netns; mount -t tmpfs none /proc/${PIDS[client]}; exec \"\$@\""
WRAP=(unshare --mount sh -c "$hide" hidden)
start_again forwarder-west-node1
WRAP=()

wait_for 15 "refusal of the client" says client namespace forwarder-west-node1
expect "connections of its forwarder" "$(dump forwarder-west-node1 | jq '.dataplane.cross_connects | length')" -eq 0
stop client
# Not earlier: what looks into the namespace is a process in it, by which the forwarder would find it.
expect "interfaces of client" "$(interfaces client)" -eq 0
back_to_remembered 5
rig_end
