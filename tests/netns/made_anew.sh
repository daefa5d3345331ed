#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   near ── east node1 ── endpoint ══ internet ══ west node1 ── client
#                └ ipend (payload IP)
#
# Test that an interface which somebody deletes, at either end and with either payload, is made anew with the MAC
# address that it had, so that packets of the other end, which knows that address, arrive as soon as it is there.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
endpoint ipend east 1 172.16.2.0/24 --service-names ip --payload IP
client client west 1 'kernel://icmp-responder@east.test/nsm-1,kernel://ip@east.test/nsm-2'
client near east 1 'kernel://icmp-responder/nsm-1,kernel://ip/nsm-2'
link() { ip_in "$1" -j link show "$2" | jq -r ".[].$3"; }
is_new() { [[ $(link "$1" "$2" ifindex) != "$3" ]]; }

# anew POD INTERFACE OTHER OWN: OTHER's packets to OWN, the pod's address, go on.
anew() {
  local index mac
  index=$(link "$1" "$2" ifindex) mac=$(link "$1" "$2" address)
  # Both know each other's address for now.
  ping_all "$3" "$4"
  ip_in "$1" link delete "$2"
  wait_for 10 "$2 of $1" is_new "$1" "$2" "$index"
  expect "MAC address of $2 in $1" "$(link "$1" "$2" address)" = "$mac"
  wait_for 1 "packets from $3 to $4 over $2" answers "$3" "$4"
}

macs=()
for pod in client near; do
  for interface in nsm-1 nsm-2; do
    service=endpoint
    [[ $interface == nsm-1 ]] || service=ipend
    connected "$pod" "$interface"
    own=$(own_address "$pod" "$interface") theirs=$(peer "$pod" "$interface")
    at_service=$(ip_in "$service" -j route show "$own" | jq -r .[].dev)
    [[ $interface != nsm-1 ]] || macs+=("$(link "$pod" "$interface" address)" "$(link "$service" "$at_service" address)")
    for _ in {1..3}; do
      anew "$pod" "$interface" "$service" "$own"
      anew "$service" "$at_service" "$pod" "$theirs"
    done
  done
done
expect "different MAC addresses" "$(printf '%s\n' "${macs[@]}" | sort -u | wc -l)" -eq 4
rig_end
