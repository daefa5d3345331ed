#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 (eth0, eth1) ══ gateway ══ internet ══ east node1 ── endpoint
#                          └──── a stranger sends here
#
# Test that a tunnel packet with a live VNI from a wrong source, or from the right source with a dead VNI, whole or
# in fragments, on either device of the node, reaches neither the pod nor the node's own stack, and is counted.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=lib/stranger.sh
source "$NSM_ROOT/tests/netns/lib/stranger.sh"
rig_up
stranger_watch

before=$(drops forwarder-west-node1 '^drop_(underlay|vxlan)_')
forge_all
stranger_seen_nowhere
wait_for 5 "a drop counted for each of the $FORGED" drops_are forwarder-west-node1 '^drop_(underlay|vxlan)_' $((before + FORGED))
rig_end
