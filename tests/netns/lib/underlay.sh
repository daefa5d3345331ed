# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The networks of the rig: per domain a gateway that is a switch for eth0, a second switch for eth1, and 1:1 NAT.
# IPv6 is there as well, with global addresses and without NAT.
#
# UNDERLAY=ipv6: our programs and tunnels use only that. UNDERLAY_MTU: of all devices between the nodes.

declare -Ar EXTERNAL_PREFIX=([west]=198.51.100 [east]=203.0.113)
declare -Ar GLOBAL_PREFIX=([west]=2001:db8:1: [east]=2001:db8:2:)
readonly INTERNAL_PREFIX=10.0.0 SECOND_PREFIX=10.1.0
UNDERLAY=ipv4
UNDERLAY_MTU=1500

# node DOMAIN NUMBER: name of the node's namespace, for example w1.
node() { echo "${1:0:1}$2"; }
# internal NUMBER, external DOMAIN NUMBER: addresses of a node.
internal() { echo "$INTERNAL_PREFIX.$1"; }
external() { echo "${EXTERNAL_PREFIX[$1]}.1$2"; }
# own DOMAIN NUMBER: the node's address in its domain, on the chosen underlay. public DOMAIN NUMBER: the one that the
# other domain uses.
own() { if [[ $UNDERLAY == ipv6 ]]; then echo "${GLOBAL_PREFIX[$1]}:$2"; else internal "$2"; fi; }
public() { if [[ $UNDERLAY == ipv6 ]]; then own "$@"; else external "$@"; fi; }
# tcp ADDRESS PORT: the URL.
tcp() { if [[ $1 == *:* ]]; then echo "tcp://[$1]:$2"; else echo "tcp://$1:$2"; fi; }

# make_internet: routes between the gateways; 192.0.2.99 is there and never answers.
make_internet() {
  make_netns inet
  inside inet sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  ip_in inet address add 192.0.2.53/32 dev lo
  ip_in inet route add blackhole 192.0.2.99/32
}

# make_domain_network DOMAIN: gateway and two nodes.
make_domain_network() {
  local domain=$1 gateway="${1:0:1}gw" prefix=${EXTERNAL_PREFIX[$1]} global=${GLOBAL_PREFIX[$1]} number
  make_netns "$gateway"
  inside "$gateway" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
  ip link add uplink netns "$(netns "$gateway")" type veth peer name "$domain" netns "$(netns inet)"
  ip_in inet -batch - <<-END
	address add $prefix.254/24 dev $domain
	address add ${global}f::fe/64 dev $domain nodad
	link set $domain mtu $UNDERLAY_MTU up
	route add $global:/64 via ${global}f::1
	END
  ip_in "$gateway" -batch - <<-END
	link add switch0 type bridge
	link add switch1 type bridge
	address add $INTERNAL_PREFIX.254/24 dev switch0
	address add $SECOND_PREFIX.254/24 dev switch1
	address add $prefix.1/24 dev uplink
	address add $prefix.11/32 dev uplink
	address add $prefix.12/32 dev uplink
	address add $global:fe/64 dev switch0 nodad
	address add ${global}f::1/64 dev uplink nodad
	link set switch0 up
	link set switch1 up
	link set uplink mtu $UNDERLAY_MTU up
	route add default via $prefix.254
	route add default via ${global}f::fe
	END
  for number in 1 2; do
    make_node "$domain" "$number" "$gateway"
  done
  nat_rules "$prefix" | inside "$gateway" nft -f -
}

# make_node DOMAIN NUMBER GATEWAY: as a Kubernetes node: forwards, and checks no reverse paths.
make_node() {
  local name device
  name=$(node "$1" "$2")
  make_netns "$name"
  inside "$name" sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
  for device in 0 1; do
    ip link add "eth$device" netns "$(netns "$name")" type veth peer name "node$2-$device" netns "$(netns "$3")"
    ip_in "$3" link set "node$2-$device" mtu "$UNDERLAY_MTU" master "switch$device" up
    ip_in "$name" link set "eth$device" mtu "$UNDERLAY_MTU" up
  done
  ip_in "$name" address add "$INTERNAL_PREFIX.$2/24" dev eth0
  ip_in "$name" address add "$SECOND_PREFIX.$2/24" dev eth1
  ip_in "$name" route add default via "$INTERNAL_PREFIX.254"
  ip_in "$name" address add "${GLOBAL_PREFIX[$1]}:$2/64" dev eth0 nodad
  ip_in "$name" route add default via "${GLOBAL_PREFIX[$1]}:fe"
}

# nat_rules PREFIX: each node has one external address, in both directions.
nat_rules() {
  cat <<-END
	table ip nat {
	  chain inwards {
	    type nat hook prerouting priority dstnat
	    dnat to ip daddr map { $1.11 : $INTERNAL_PREFIX.1, $1.12 : $INTERNAL_PREFIX.2 }
	  }
	  chain outwards {
	    type nat hook postrouting priority srcnat
	    oifname "uplink" snat to ip saddr map { $INTERNAL_PREFIX.1 : $1.11, $INTERNAL_PREFIX.2 : $1.12 }
	  }
	}
	END
}
