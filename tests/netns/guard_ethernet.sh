#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client (sends from 192.0.2.66) ── west node1, --guard-ethernet ══ internet ══ east node1 ── endpoint
#
# Test that what a pod sends with an address it was not given never leaves the node and is counted: when sent as
# usual, by a packet socket past its qdiscs, and after the pod has deleted its qdiscs with all that was attached. And
# that behind extension headers it advertises its own address alone, and takes over no neighbour of the other end.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[nsm-forwarder]="--guard-ethernet"
rig_up

endpoint endpoint east 1 172.16.1.0/24,2001:db8:f:1::/64
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
capture outside inet west 'udp port 4789'
mac=$(ip_in endpoint -j link show "$(first_interface endpoint)" | jq -r '.[].address')
spoof() { forge client nsm-1 --inner-mac "$mac" --inner-to 172.16.1.0 --inner-source "$@"; }
# advertise ADDRESS: to all nodes, from the pod's own address.
advertise() {
  forge client nsm-1 --inner-mac 33:33:00:00:00:01 --inner-to ff02::1 --inner-source "$(own_address client nsm-1 -6)" \
    --past-qdiscs --advertise "$1"
}
# neighbor_is ADDRESS MAC: as the endpoint knows it.
neighbor_is() { [[ $(ip_in endpoint -j -6 neigh show "$1" | jq -r .[].lladdr) == "$2" ]]; }
# After 8 bytes UDP, 8 VXLAN, 14 Ethernet and 12 of the inner IPv4 header.
inner_source() { echo "udp[42:4] = $(python3 -c 'import ipaddress, sys; print(int(ipaddress.ip_address(sys.argv[1])))' "$1")"; }

spoof 172.16.1.1 --past-qdiscs
wait_for 5 "an echo request with the right address" seen outside "$(inner_source 172.16.1.1) and udp[50] = 8" 1
expect "drops before" "$(drops forwarder-west-node1 '^drop_(guard|pod)')" -eq 0

spoof 192.0.2.66
wait_for 5 "a drop at the pod's end" drops_are forwarder-west-node1 '^drop_pod_early$' 1
spoof 192.0.2.66 --past-qdiscs
wait_for 5 "a drop at the host's end" drops_are forwarder-west-node1 '^drop_guard_ipv4$' 1
inside client tc qdisc delete dev nsm-1 clsact
spoof 192.0.2.66
# The pod's end is put back, before the packet or after it.
wait_for 5 "another drop at either end" drops_are forwarder-west-node1 '^drop_(guard_ipv4|pod_early)$' 3

# Its own comes second: when it has arrived, so has the other.
own=$(own_address client nsm-1 -6)
for address in 2001:db8::66 "$own"; do
  ip_in endpoint neigh replace "$address" lladdr 02:00:00:00:00:66 nud stale dev "$(first_interface endpoint)"
  advertise "$address"
done
wait_for 5 "the pod's address at the endpoint" neighbor_is "$own" "$(ip_in client -j link show nsm-1 | jq -r .[].address)"
neighbor_is 2001:db8::66 02:00:00:00:00:66 || fail "a neighbour of the endpoint was taken over"
expect "drops of advertisements" "$(drops forwarder-west-node1 '^drop_guard_neighbor$')" -eq 1

ping_all client 172.16.1.0
capture_end outside
expect "packets with a wrong address outside" "$(captured outside "$(inner_source 192.0.2.66)")" -eq 0
rig_end
