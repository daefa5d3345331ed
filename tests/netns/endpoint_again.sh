#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── endpoint       (ping all the time)
#   other ─── west node2 ══════╝
#
# Test that an endpoint which crashes and is started again under its name lets its client keep address and interface
# with not one echo lost, and gives that address to nobody who asks meanwhile.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

endpoint endpoint east 1 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
address=$(own_address client nsm-1)
link=$(ip_in client -j link show nsm-1 | jq '.[].ifindex')
in_pod=$(first_interface endpoint)
ping_start echoes client 172.16.1.0

kill_hard endpoint
client other west 2 'kernel://icmp-responder@east.test/nsm-1'
wait_for 10 "refusal of the other client while the endpoint is away" log_has other ' error '
start_endpoint endpoint east 1 172.16.1.0/24
connected other nsm-1
wait_for 10 "the first connection at the new endpoint" knows endpoint client

ping_end echoes
expect "the client's address" "$(own_address client nsm-1)" = "$address"
expect "the client's link" "$(ip_in client -j link show nsm-1 | jq '.[].ifindex')" -eq "$link"
has_interface endpoint "$in_pod" || fail "the interface in the endpoint's pod is another one"
[[ $(own_address other nsm-1) != "$address" ]] || fail "both clients have $address"
expect "interfaces of the endpoint" "$(interfaces endpoint)" -eq 2
rig_end
