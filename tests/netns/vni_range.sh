#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client-w, endpoint-w ── west node1 ══ internet ══ east node1 ── endpoint-e, client-e, third
#   (VNIs 100 and 101 only)                           (the same)
#
# Test that two connections in opposite directions between the same nodes agree on two different VNIs when there
# are only two, with equal internal addresses; that a third is refused by name; and that it gets the one set free.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[nsm-forwarder]="--vni-range 100-101"
rig_up

endpoint endpoint-w west 1 172.16.1.0/24
endpoint endpoint-e east 1 172.16.2.0/24
capture outside inet east 'udp port 4789'
client client-w west 1 'kernel://icmp-responder@east.test/nsm-1'
client client-e east 1 'kernel://icmp-responder@west.test/nsm-1'
connected client-w nsm-1
connected client-e nsm-1

client third east 1 'kernel://icmp-responder@west.test/nsm-1'
refused third 10 "every VNI from 100 to 101" forwarder-west-node1
ping_all client-w 172.16.2.0
ping_all client-e 172.16.1.0

stop client-w
connected third nsm-1
capture_end outside
# The VNI is bytes 12 to 14 from the UDP header on; that of probes is 0.
expect "packets with VNI 100" "$(captured outside 'udp[12:4] >> 8 = 100')" -ge 10
expect "packets with VNI 101" "$(captured outside 'udp[12:4] >> 8 = 101')" -ge 10
expect "packets with another VNI" "$(captured outside 'udp[12:4] >> 8 > 0 and udp[12:4] >> 8 != 100 and udp[12:4] >> 8 != 101')" -eq 0
rig_end
