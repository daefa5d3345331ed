#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 (eth0, eth1, VXLAN device: with tcx programs of others) ══ east node1 ── endpoint
#                          └──── a stranger sends here
#
# Test the same as forged.sh with programs of others at the ingress of the underlay devices and of the VXLAN device,
# attached last and attached first; they let everything pass, and the first one hides what is behind it.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
# shellcheck source=lib/stranger.sh
source "$NSM_ROOT/tests/netns/lib/stranger.sh"
rig_up
stranger_watch

vxlan=$(ip_in w1 -j -d link show type vxlan | jq -r '.[].ifname')
for order in last first; do
  for device in eth0 eth1 "$vxlan"; do
    inside w1 "$NSM_BIN_DIR/../tests/netns/tcx_pass" "$device" "$order" "$RIG/bpf/stranger-$order-$device"
    forge_all
    stranger_seen_nowhere
  done
done
# Hidden on eth0 and eth1 the underlay guard sees nothing, hidden on the VXLAN device the other one; not both at once
# for long, because a guard that is not the first is put back.
expect "drops counted" "$(drops forwarder-west-node1 '^drop_(underlay|vxlan)_')" -ge $((FORGED / 2))
rig_end
