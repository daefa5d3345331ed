# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# A stranger on the underlay of west node1 who forges tunnel packets, and the places where none may be seen.

readonly STRANGER=192.0.2.66 # source of every forged inner packet
FORGED=0
declare -A NODE_MAC=()

mac() { ip_in "$1" -j link show "$2" | jq -r '.[].address'; }

# stranger_watch: a connection from west node1 to east node1, and watches in the pod and in the node's stack. A packet
# that nothing tells from a true one must be seen, or the watch is worth nothing.
stranger_watch() {
  endpoint endpoint east 1 172.16.1.0/24
  client client west 1 'kernel://icmp-responder@east.test/nsm-1'
  capture outside inet west 'udp dst port 4789'
  connected client nsm-1
  wait_for 5 "tunnel packets" seen outside 'src 203.0.113.11' 1
  capture_end outside
  LIVE_VNI=$((16#$(tcpdump -nr "$RIG/outside.pcap" -x -c 1 'src 203.0.113.11' 2>/dev/null |
    awk '/0x0020:/ { print substr($2 $3 $4 $5, 1, 6) }')))
  POD_MAC=$(mac client nsm-1)
  VXLAN_MAC=$(mac w1 "$(ip_in w1 -j link show type vxlan | jq -r '.[].ifname')")
  NODE_MAC=([eth0]=$(mac w1 eth0) [eth1]=$(mac w1 eth1))
  inside w1 nft -f - <<-END
	table inet watch {
	  chain input { type filter hook input priority -300; ip saddr $STRANGER counter; }
	  chain forward { type filter hook forward priority -300; ip saddr $STRANGER counter; }
	}
	END
  capture pod client nsm-1 "src $STRANGER"
  forge_one eth0 203.0.113.11 "$LIVE_VNI" 172.16.1.1
  wait_for 5 "the watch in the pod to see a packet" seen pod ip 1
}

# forge_one DEVICE SOURCE VNI INNER_DESTINATION [OPTION]: to the pod's device, or for the node to its VXLAN device.
forge_one() {
  local target=$POD_MAC
  [[ $4 == 172.16.* ]] || target=$VXLAN_MAC
  forge wgw "node1-${1#eth}" --mac "${NODE_MAC[$1]}" --source "$2" --to 10.0.0.1 --vni "$3" \
    --inner-mac "$target" --inner-to "$4" "${@:5}"
}

# forge_all: wrong source and dead VNI, whole and in fragments, on both devices, to the pod and to the node itself.
forge_all() {
  local device to option
  for device in eth0 eth1; do
    for to in 172.16.1.1 10.0.0.1; do
      for option in "" --fragment; do
        # shellcheck disable=SC2086
        {
          forge_one "$device" 203.0.113.99 "$LIVE_VNI" "$to" $option
          forge_one "$device" 203.0.113.11 $((LIVE_VNI ^ 0x800)) "$to" $option
        }
        FORGED=$((FORGED + 2))
      done
    done
  done
}

# stranger_seen_nowhere: an echo that is sent and answered after the forged packets says that they were handled.
stranger_seen_nowhere() {
  ping_all client 172.16.1.0
  expect "forged packets in the pod" "$(captured pod ip)" -eq 1
  expect "forged packets in the node's stack" \
    "$(inside w1 nft -j list table inet watch | jq '[.. | objects | .counter? // empty | .packets] | add')" -eq 0
}
