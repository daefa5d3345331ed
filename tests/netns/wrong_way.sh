#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   first ─── west node1 ══ internet ══ east node1 ── plain
#   second ── ├                         └ node2 ───── far (leads everywhere)
#   near (as far) ┘
#
# Test that an endpoint that leads everywhere cannot speak for the peer of another connection of the same pod, whether
# it is on the pod's node or in another domain: what it sends with that source is dropped at the pod and counted; all
# else arrives.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint plain east 1 172.16.1.0/24 --service-names plain --payload IP
endpoint near west 1 172.16.2.0/24 --service-names near --payload IP --routes 0.0.0.0/0
endpoint far east 2 172.16.3.0/24 --service-names far --payload IP --routes 0.0.0.0/0
dropped() { drops forwarder-west-node1 '^drop_arrival_wrong_way$'; }
# sends LIAR SOURCE CLIENT: one echo request to the client's address on its way to the liar.
sends() { inside "$1" ping -q -c 1 -W 1 -I "$2" "$(own_address "$3" nsm-2)" || true; }
# cannot_lie CLIENT LIAR SERVICE
cannot_lie() {
  local victim before
  client "$1" west 1 "kernel://plain@east.test/nsm-1,kernel://$3/nsm-2"
  connected "$1" nsm-1
  connected "$1" nsm-2
  victim=$(peer "$1" nsm-1) before=$(dropped)
  ip_in "$2" address add "$victim/32" dev lo
  ip_in "$2" address add 198.18.0.1/32 dev lo
  sends "$2" "$victim" "$1"
  expect "drops of what $2 sends as $victim" "$(dropped)" -eq $((before + 1))
  sends "$2" 198.18.0.1 "$1"
  ping_all "$1" 198.18.0.1
  ping_all "$1" "$(peer "$1" nsm-2)"
  ping_all "$1" "$victim"
  expect "drops of what $2 may send" "$(dropped)" -eq $((before + 1))
}

cannot_lie first near near
cannot_lie second far far@east.test
rig_end
