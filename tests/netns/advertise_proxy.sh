#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   west, advertises its nodes            east, advertises its proxy
#   to-east ── node1 ══════════╗  gateway ╔═ node1: proxy, entrance for all
#   in-west ── node2 ═ 5001 ═══╩══════════╩═ node2 ── in-east, to-west
#              only VXLAN and TCP 5005, 5006 may enter east
#
# Test both shapes of domain against each other, a client in each direction; where the proxy is advertised nothing
# but its ports has to be open to other domains.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[proxy-east-node1]="--advertise proxy"
rig_up
inside egw nft -f - <<-END
	table ip wall {
	  chain enter {
	    type filter hook forward priority filter
	    iifname "uplink" tcp flags & (syn | ack) == syn tcp dport != { 5005, 5006 } counter drop
	  }
	}
	END

endpoint in-east east 2 172.16.1.0/24
endpoint in-west west 2 172.16.2.0/24
client to-east west 1 'kernel://icmp-responder@east.test/nsm-1'
client to-west east 2 'kernel://icmp-responder@west.test/nsm-1'
connected to-east nsm-1
connected to-west nsm-1
knows proxy-east-node1 to-east || fail "the Request to east did not go through its proxy"
! knows proxy-west-node1 to-west || fail "the Request to west did go through its proxy"
expect "tunnel of the client of east" "$(dump forwarder-west-node1 | grep -c 203.0.113.12)" -ge 1

expect "packets the wall has dropped" \
  "$(inside egw nft -j list table ip wall | jq '[.. | .counter? | objects | .packets] | add')" -eq 0
! inside w1 timeout 2 bash -c '</dev/tcp/203.0.113.12/5001' 2>/dev/null || fail "the wall lets 5001 through"

stop to-east to-west
wait_for 2 "no interface in east" interfaces_are in-east 0
wait_for 2 "no interface in west" interfaces_are in-west 0
rig_end
