#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ─── west node1 ══ internet ══ east node1 ─── endpoint        our tunnel, UDP 4789
#   plain-w ── (device of node1) ══════ (device of node1) ── plain-e    a VXLAN device in each pod, UDP 8472
#
# Test that TCP through our tunnels, both ways, loses and reorders nothing that the kernel's own VXLAN does not: in the
# same run, over the same underlay, as many bytes.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need iperf3 nstat
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1

# plain NAME NODE REMOTE ADDRESS: without outer checksums, which NAT on the same host would spoil.
plain() {
  make_netns "$1"
  ip_in "$2" link add plain type vxlan id 5 remote "$3" dstport 8472 dev eth0 nolearning noudpcsum
  ip_in "$2" link set plain netns "$(netns "$1")"
  ip_in "$1" address add "$4/24" dev plain
  ip_in "$1" link set plain mtu 1450 up
}
plain plain-w w1 "$(external east 1)" 192.168.7.1
plain plain-e e1 "$(external west 1)" 192.168.7.2

# transfer POD ADDRESS [--reverse]: at a rate that no queue overflows by.
transfer() {
  local json="$RIG/$1$3.json"
  inside "$1" iperf3 --client "$2" --bitrate 400M --bytes 120M --json ${3:+"$3"} >"$json"
  expect "bytes of $1 $3" "$(jq .end.sum_received.bytes "$json")" -ge 110000000
  expect "seconds without traffic of $1 $3" "$(jq '[.intervals[].sum | select(.bytes == 0)] | length' "$json")" -eq 0
}

# flaws POD...: segments that were sent again or came out of order, since the pods exist.
flaws() {
  local pod
  for pod in "$@"; do
    NSTAT_HISTORY=$RIG/nstat inside "$pod" nstat -asz
  done | awk '/^Tcp(RetransSegs|ExtTCPOFOQueue) / { sum += $2 } END { print sum + 0 }'
}

for pod in endpoint plain-e; do
  start "iperf-$pod" "$pod" iperf3 --server
  wait_for 5 "iperf3 in $pod" listens "$pod" tcp 5201
done
# Of some 170,000 segments; a host that is busy elsewhere makes either lose a few hundred, by chance, so that only what
# comes again each time is a flaw.
for round in 1 2 3; do
  ours=$(flaws client endpoint) theirs=$(flaws plain-w plain-e)
  for direction in "" --reverse; do
    transfer plain-w 192.168.7.2 "$direction"
    transfer client 172.16.1.0 "$direction"
  done
  ours=$(($(flaws client endpoint) - ours)) theirs=$(($(flaws plain-w plain-e) - theirs))
  note "round $round: retransmitted or out of order: ours $ours, plain VXLAN $theirs"
  ((ours > theirs + 100)) || break
done
expect "retransmitted or out of order" "$ours" -le $((theirs + 100))
rig_end
