#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── a, full (both of 172.16.1.0/24, full of its first two addresses)
#                                       └ node2 ──── b (172.16.1.0/24 as well)
#
# Test that one client's connections have different addresses though the endpoints' pools overlap, also when asked for at
# the same time, and that all carry packets; and that an endpoint which has no others is refused, with both named.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up
endpoint a east 1 172.16.1.0/24 --service-names a
endpoint b east 2 172.16.1.0/24 --service-names b
endpoint full east 1 172.16.1.0/31 --service-names full
distinct() {
  ip_in client -j address show | jq -e '[.[].addr_info[] | select(.scope == "global") | .local] | length == 2 and (unique | length) == 2'
}
# over INTERFACE: the echo goes that way.
over() { inside client ping -q -c 1 -W 1 -I "$1" "$(peer client "$1")"; }

for round in {1..5}; do
  client client west 1 'kernel://a@east.test/nsm-1,kernel://b@east.test/nsm-2'
  wait_for 5 "different addresses in round $round" distinct
  for interface in nsm-1 nsm-2; do wait_for 2 "packets over $interface in round $round" over "$interface"; done
  expect "interfaces of a and b" "$(interfaces a) $(interfaces b)" = "1 1"
  ((round == 5)) || stop client
done
stop client

client client west 1 'kernel://a@east.test/nsm-1'
connected client nsm-1
kill_hard client
client client west 1 'kernel://a@east.test/nsm-1,kernel://full@east.test/nsm-2'
wait_for 5 "refusal that names both" says client 'no two addresses are free in 172.16.1.0/31' 'full@east.test at nsm-2' 'a@east.test at nsm-1 has 172.16.1.0/32'
connected client nsm-1
expect "interfaces of the client" "$(interfaces client)" -eq 1
rig_end
