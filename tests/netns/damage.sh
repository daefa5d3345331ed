#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client (payload IP; also sends from 192.0.2.66) ── west node1 ══ internet ══ east node1 ── endpoint
#
# Test that what somebody hurts at either end, in the pods and on the nodes, is whole within a second, long before
# anybody asks for the connection again: links set down, addresses, routes, neighbours and filters removed. That
# meanwhile nothing with a wrong source leaves the node; and that nobody is kept busy by it afterwards.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24,2001:db8:f:1::/64 --payload IP
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
host_end() { ip_in "$1" -j link show type veth | jq -er 'first(.[].ifname | select(startswith("nsm")))'; }
device=$(first_interface endpoint)
declare -A PLACE=([client]="nsm-1 w1 $(host_end w1)" [endpoint]="$device e1 $(host_end e1)")

# looks POD: all that may be hurt of its attachment.
looks() {
  local device node host
  read -r device node host <<<"${PLACE[$1]}"
  ip_in "$1" -o link show "$device"
  ip_in "$1" -o address show dev "$device" scope global
  ip_in "$1" route show dev "$device"
  ip_in "$1" -6 route show dev "$device" proto 97
  ip_in "$1" neigh show dev "$device" nud permanent
  inside "$1" tc filter show dev "$device" egress
  ip_in "$node" -o link show "$host"
  inside "$node" tc filter show dev "$host" ingress
}
is_whole() { [[ $(looks "$1") == "${WHOLE[$1]}" ]]; }
# hurt POD NAMESPACE DEVICE COMMAND...: as a shell command, with "$dev" the device.
hurt() {
  dev=$3 inside "$2" sh -c "$4"
  wait_for 1 "$1 whole after $4" is_whole "$1"
  ping_all client 172.16.1.0 2
}
spoof() {
  while :; do forge client nsm-1 --inner-mac 02:6e:73:6d:00:02 --inner-to 172.16.1.0 --inner-source 192.0.2.66 --past-qdiscs || sleep 0.1; done
}
repairs() { cat "$RIG"/log/forwarder-{west,east}-node1.log | grep -c 'was damaged by somebody' || true; }

declare -A WHOLE=([client]=$(looks client) [endpoint]=$(looks endpoint))
capture outside inet west 'udp port 4789'
start spoofer host bash -c "$(declare -f inside netns forge spoof); RIG_ID=$RIG_ID NSM_ROOT=$NSM_ROOT; spoof 2>/dev/null"
dropped() { (($(drops forwarder-west-node1 '^drop_guard_ipv4$') > $1)); }
wait_for 5 "spoofed packets" dropped 0
for pod in client endpoint; do
  read -r device node host <<<"${PLACE[$pod]}"
  # shellcheck disable=SC2016
  for command in 'ip link set dev $dev down' 'ip link set dev $dev down; ip link set dev $dev up' 'ip address flush dev $dev' \
    'ip route flush dev $dev; ip -6 route flush dev $dev proto 97' 'ip neigh flush dev $dev nud permanent' \
    'tc filter delete dev $dev egress' 'tc qdisc delete dev $dev clsact'; do
    hurt "$pod" "$pod" "$device" "$command"
  done
  # shellcheck disable=SC2016
  for command in 'ip link set dev $dev down' 'tc filter delete dev $dev ingress' 'tc qdisc delete dev $dev ingress'; do
    hurt "$pod" "$node" "$host" "$command"
  done
done
before=$(drops forwarder-west-node1 '^drop_guard_ipv4$')
wait_for 5 "still spoofed packets" dropped "$before"
kill_hard spoofer
capture_end outside
# After 8 bytes UDP, 8 VXLAN, 14 Ethernet and 12 of the inner IPv4 header: 192.0.2.66.
expect "packets with a wrong source outside" "$(captured outside 'udp[42:4] = 0xc0000242')" -eq 0

done_before=$(repairs)
expect "repairs" "$done_before" -ge 20
ping_all client 172.16.1.0 20
expect "repairs of what nobody hurts" "$(repairs)" -eq "$done_before"
rig_end
