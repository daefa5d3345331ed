#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══════ west node2 ── endpoint
#            fast path on       on, then off
#
# Test that what pods hand over in pieces larger than a packet comes out at the other end as it was, byte for byte and
# in both directions: TCP and UDP that the kernel cuts, datagrams that it fragments, tunnels inside the tunnel; with
# checksums that are left to the device and with such that are not; where both nodes have the fast path and where one
# has not.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
need ethtool
rig_open
make_internet
make_domain west
start_domain west
tcp=$NSM_ROOT/tests/netns/lib/tcp.py udp=$NSM_ROOT/tests/netns/lib/udp.py

endpoint endpoint west 2 172.16.1.0/24,2001:db8:f::/64 --service-names aggregates --payload IP
client client west 1 'kernel://aggregates/nsm-1'
connected client nsm-1
peer=$(peer client nsm-1) peer6=$(peer client nsm-1 -6) own=$(own_address client nsm-1)
device=$(ip_in endpoint -j link show | jq -r '.[] | select(.ifname != "lo").ifname')
for pod in client endpoint; do
  start "tcp-$pod" "$pod" "$tcp" serve 7
  start "udp-$pod" "$pod" "$udp" serve 7
  wait_for 5 "servers in $pod" listens "$pod" tcp 7
  wait_for 5 "servers in $pod" listens "$pod" udp 7
done

# as_sent POD ADDRESS: a stream, and datagrams: tiny, one after the other; many of full size at once; and the largest.
as_sent() {
  local size=1422
  [[ $2 != *:* ]] || size=1402
  inside "$1" "$tcp" ask "$2" 7 5000000 || fail "TCP from $1 to $2, $case"
  inside "$1" "$udp" ask "$2" 7 1 1 || fail "tiny datagrams from $1 to $2, $case"
  inside "$1" "$udp" ask "$2" 7 "$size" 40 || fail "datagrams in one piece from $1 to $2, $case"
  inside "$1" "$udp" ask "$2" 7 100 40 || fail "small datagrams in one piece from $1 to $2, $case"
  inside "$1" "$udp" ask "$2" 7 60000 1 || fail "fragments from $1 to $2, $case"
}
all_as_sent() {
  local case=$1
  as_sent client "$peer"
  as_sent client "$peer6"
  as_sent endpoint "$own"
  # Without an answer, which would show the same again, in a tunnel of the pods' own.
  inside client "$tcp" ask 192.168.7.2 7 5000000 || fail "TCP in a tunnel in the tunnel, $case"
}
# inner_tunnel POD DEVICE ADDRESS PEER LOCAL
inner_tunnel() {
  ip_in "$1" link add inner mtu 1400 type vxlan id 7 local "$5" remote "$4" dstport 4790 dev "$2" nolearning
  ip_in "$1" address add "$3/24" dev inner
  ip_in "$1" link set inner up
}
inner_tunnel client nsm-1 192.168.7.1 "$peer" "$own"
inner_tunnel endpoint "$device" 192.168.7.2 "$own" "$peer"
# fast_path_of NODE on|off true|false: by a forwarder started anew, which adopts what there is.
fast_path_of() {
  local name=forwarder-west-node$1
  OPTIONS["$name"]=--fast-path=$2
  stop "$name"
  start_again "$name"
  wait_for 10 "$name again" knows "$name" client
  expect "whether $name has the fast path" "$(dump "$name" | jq -r '.dataplane.fast_path == "on"')" = "$3"
}
has_path() { [[ $(dump "$1" | jq '.dataplane.peers | map(select(.fast_path)) | length') -eq 1 ]]; }

for state in on off; do
  fast_path_of 2 "$state" "$([[ $state == on ]] && echo true || echo false)"
  wait_for 5 "the fast path of node1" has_path forwarder-west-node1
  for offload in on off; do
    inside client ethtool -K nsm-1 tx "$offload" >/dev/null
    inside endpoint ethtool -K "$device" tx "$offload" >/dev/null
    all_as_sent "the fast path of node2 $state, offload of checksums $offload"
  done
done
expect "packets by the fast path of node1" "$(drops forwarder-west-node1 '^fast_sent$')" -ge 1000
expect "packets to the fast path of node1" "$(drops forwarder-west-node1 '^fast_received$')" -ge 1000
expect "packets of the inner tunnel, which the device takes" "$(drops forwarder-west-node1 '^slow_sent_refused$')" -ge 100
rig_end
