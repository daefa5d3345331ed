#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   first (dies), bystander, then one more pod with first's inode ── west node1 ══ east node1 ── endpoint
#
# Test that a namespace with the inode of one that is gone is a new one, also for the same client name, connection
# and interface; and that no other pod's link is touched by it.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

inode() { stat -c %i "/run/netns/$(netns "$1")"; }

# again_as INODE: makes pods until one has it; the others stay, so that their inodes are used up.
again_as() {
  local pod
  pod=again-$(wc -l <"$RIG/namespaces")
  make_netns "$pod"
  echo "$pod" >"$RIG/again"
  [[ $(inode "$pod") == "$1" ]]
}

endpoint endpoint east 1 172.16.1.0/24
client bystander west 1 'kernel://icmp-responder@east.test/nsm-1'
connected bystander nsm-1
bystander_link=$(ip_in bystander -j link show nsm-1 | jq '.[] | .ifindex, .address')

client first west 1 'kernel://icmp-responder@east.test/nsm-1' --name same-client
connected first nsm-1
old=$(inode first)
kill_hard first
ip netns delete "$(netns first)"
wait_for 30 "a namespace with the same inode" again_as "$old"

pod=$(cat "$RIG/again")
client "$pod" west 1 'kernel://icmp-responder@east.test/nsm-1' --name same-client
connected "$pod" nsm-1
expect "interfaces of the new pod" "$(interfaces "$pod")" -eq 1
ping_all bystander 172.16.1.0
expect "bystander's link" "$(ip_in bystander -j link show nsm-1 | jq '.[] | .ifindex, .address')" = "$bystander_link"
rig_end
