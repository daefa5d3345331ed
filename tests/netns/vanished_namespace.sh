#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   pod (dies) ── west node1 ══ internet ══ east node1 ── endpoint
#     └─ canary ── inet
#
# Test that nothing of ours keeps the namespace of a dead pod alive: a veth of the test's own from the pod to the
# internet goes with it. Then its connection is forgotten on every hop, long before its token ends, and its link on the
# node.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
remember
client pod west 1 'kernel://icmp-responder@east.test/nsm-1'
connected pod nsm-1
ip link add canary netns "$(netns pod)" type veth peer name canary netns "$(netns inet)"
has_interface inet canary >/dev/null || fail "no canary"

kill_hard pod
ip netns delete "$(netns pod)"
wait_for 3 "end of the namespace" not has_interface inet canary
back_to_remembered 5
rig_end
