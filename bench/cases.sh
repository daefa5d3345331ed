# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The ways that bench/dataplane compares: who is the client, who the server, and the server's address.
#
#   west node1 ═══ node2   our programs, as they come: ours; between pods of node1: ours-same-node
#        node3 ═══ node4   what the kernel has, without any program of ours: the other cases
#        node5 ═══ node6   our programs with --fast-path=off: ours-slow-path
#          all nodes: one veth pair each to one bridge, which leaves aggregates whole

# shellcheck disable=SC2034 # for those who source this
ALL_CASES=(node-to-node plain-vxlan bridge ours-slow-path ours pod-pair ours-same-node)
declare -A CLIENT=() SERVER=() ADDRESS=() # by case

# reference_of CASE: the one whose figures are 1.0.
reference_of() {
  case $1 in
    pod-pair | ours-same-node) echo pod-pair ;;
    *) echo node-to-node ;;
  esac
}

# is_between CASE CLIENT SERVER ADDRESS
# shellcheck disable=SC2034 # for metrics.sh
is_between() { CLIENT[$1]=$2 SERVER[$1]=$3 ADDRESS[$1]=$4; }

# make_cases CASE...: one domain of six nodes, and what the cases need in it.
make_cases() {
  local name number
  make_internet
  make_domain west
  for number in 3 4 5 6; do
    make_node west "$number" wgw
    make_place west "$number"
  done
  for name in wgw w3 w4; do plain_bridges "$name"; done
  start_domain west
  for name in "$@"; do "make_${name//-/_}"; done
}

# plain_bridges NAMESPACE: on a host that has br_netfilter, bridges would have every packet go through the NAT of the gateway.
plain_bridges() {
  [[ ! -e /proc/sys/net/bridge ]] ||
    inside "$1" sysctl -qw net.bridge.bridge-nf-call-iptables=0 net.bridge.bridge-nf-call-ip6tables=0
}

make_node_to_node() { is_between node-to-node w3 w4 "$(internal 4)"; }

make_plain_vxlan() {
  make_netns vxlan-a vxlan-b
  vxlan_into vxlan-a w3 "$(internal 4)" 192.168.1.1
  vxlan_into vxlan-b w4 "$(internal 3)" 192.168.1.2
  is_between plain-vxlan vxlan-a vxlan-b 192.168.1.2
}
# vxlan_into POD NODE REMOTE ADDRESS
vxlan_into() {
  vxlan "$2" plain 1 "$3"
  ip_in "$2" link set plain netns "$(netns "$1")"
  ip_in "$1" address add "$4/24" dev plain
  ip_in "$1" link set plain up
}
# vxlan NODE DEVICE VNI REMOTE: to one other node, without outer checksums, like our tunnels.
vxlan() {
  ip_in "$1" link add "$2" mtu "$(inner_mtu)" type vxlan id "$3" local "$(internal "${1#w}")" remote "$4" dstport 8472 \
    dev eth0 nolearning noudpcsum
}
inner_mtu() { echo $((UNDERLAY_MTU - 50)); }

make_bridge() {
  make_netns bridge-a bridge-b
  bridge_to bridge-a w3 "$(internal 4)" 192.168.2.1
  bridge_to bridge-b w4 "$(internal 3)" 192.168.2.2
  is_between bridge bridge-a bridge-b 192.168.2.2
}
# bridge_to POD NODE REMOTE ADDRESS: as a CNI plugin makes it.
bridge_to() {
  local device
  vxlan "$2" tunnel 2 "$3"
  pair eth0 "$1" pod "$2" "$(inner_mtu)"
  ip_in "$2" link add bridge mtu "$(inner_mtu)" type bridge
  for device in tunnel pod; do ip_in "$2" link set "$device" master bridge up; done
  ip_in "$2" link set bridge up
  ip_in "$1" address add "$4/24" dev eth0
}
# pair DEVICE NAMESPACE DEVICE NAMESPACE MTU
pair() {
  ip link add "$1" netns "$(netns "$2")" mtu "$5" type veth peer name "$3" netns "$(netns "$4")" mtu "$5"
  ip_in "$2" link set "$1" up
  ip_in "$4" link set "$3" up
}

make_pod_pair() {
  make_netns pair-a pair-b
  pair eth0 pair-a eth0 pair-b "$UNDERLAY_MTU"
  ip_in pair-a address add 192.168.3.1/24 dev eth0
  ip_in pair-b address add 192.168.3.2/24 dev eth0
  is_between pod-pair pair-a pair-b 192.168.3.2
}

make_ours() { connect_ours ours 1 2 172.16.1.0/24; }
make_ours_same_node() { connect_ours ours-same-node 1 1 172.16.2.0/24; }
make_ours_slow_path() {
  local number
  for number in 5 6; do
    # shellcheck disable=SC2034 # of programs.sh
    OPTIONS["forwarder-west-node$number"]=--fast-path=off
    start_node west "$number"
  done
  for number in 5 6; do wait_node west "$number"; done
  connect_ours ours-slow-path 5 6 172.16.3.0/24
}
has_fast_path() { [[ $(nsm-forwarder --help) == *--fast-path* ]]; }

# connect_ours CASE CLIENT_NODE ENDPOINT_NODE PREFIX
connect_ours() {
  endpoint "$1-b" west "$3" "$4" --service-names "$1" --payload IP
  client "$1-a" west "$2" "kernel://$1/nsm-1"
  connected "$1-a" nsm-1
  is_between "$1" "$1-a" "$1-b" "$(peer "$1-a" nsm-1)"
}
