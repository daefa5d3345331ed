#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   first, thief ── west ══ internet ══ east node1 ── endpoint ── eth0 10.244.0.5/24, a default route, 10.96.0.0/12
#                                       └ node2 ──── greedy
#
# Test that what one end of a connection says it leads to takes no traffic from others in the other end's pod, neither
# from the pod itself nor from its other connections: the same prefixes come behind theirs, also when theirs are made
# anew, and parts of theirs are refused, with both named. In an endpoint's pod and in a client's.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

make_netns endpoint
own_network endpoint
before=$(ip_in endpoint route)
endpoint endpoint east 1 172.16.1.0/24
client first west 1 'kernel://icmp-responder@east.test/nsm-1'
connected first nsm-1
victim=$(own_address first nsm-1)
interface=$(way endpoint "$victim")

client thief west 2 'kernel://icmp-responder@east.test/nsm-1' \
  --routes "$victim/32,172.16.1.0/24,0.0.0.0/0,0.0.0.0/1,128.0.0.0/1,10.244.0.0/24,10.96.0.0/12"
connected thief nsm-1
in_use() {
  expect "way to the first client" "$(way endpoint "$victim")" = "$interface"
  expect "ways of the pod's own" "$(way endpoint 8.8.8.8) $(way endpoint 10.244.0.9) $(way endpoint 10.96.0.1)" = "eth0 eth0 eth0"
  ping_all first 172.16.1.0
}
in_use
index=$(ip_in endpoint -j link show "$interface" | jq '.[].ifindex')
ip_in endpoint link delete "$interface"
made_anew() { [[ $(ip_in endpoint -j link show "$interface" | jq '.[].ifindex') != "$index" ]] && answers first 172.16.1.0; }
wait_for 5 "the first client's interface again" made_anew
in_use
stop thief

# claims ROUTES TEXT...: by another connection, which is refused.
claims() {
  client thief west 2 'kernel://icmp-responder@east.test/nsm-1' --routes "$1"
  refused thief 5 "route $1 of connection" "${@:2}"
  stop thief
}
claims 10.244.0.128/25 'the pod itself' '10.244.0.0/24'
claims 10.96.0.1/32 'the pod itself' '10.96.0.0/12'
client third west 1 'kernel://icmp-responder@east.test/nsm-1' --routes 10.7.0.0/16
connected third nsm-1
claims 10.7.0.0/16 'connection ' '10.7.0.0/16'
claims 10.7.7.0/24 'connection ' '10.7.0.0/16'
expect "way behind the third client" "$(way endpoint 10.7.7.7)" = "$(way endpoint "$(own_address third nsm-1)")"
in_use
stop third first
wait_for 5 "the pod's own routes alone" own_routes_alone endpoint "$before"

make_netns pod
own_network pod
before=$(ip_in pod route)
endpoint greedy east 2 10.244.0.64/26 --service-names greedy
endpoint modest east 2 172.16.2.0/24 --service-names modest --routes 10.96.0.0/12,0.0.0.0/1,128.0.0.0/1
client pod west 1 'kernel://greedy@east.test/nsm-1,kernel://modest@east.test/nsm-2'
connected pod nsm-2
wait_for 5 "refusal of greedy" says pod 'route 10.244.0.64/32 of connection' 'the pod itself'
expect "ways of the pod's own" "$(way pod 8.8.8.8) $(way pod 10.244.0.65) $(way pod 10.96.0.1)" = "eth0 eth0 eth0"
stop pod
wait_for 5 "the pod's own routes alone" own_routes_alone pod "$before"
rig_end
