#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ──── west node1 ══ internet ══ east node1 ── near
#   from_new ── west node2                └─── node2 ── endpoint
#
# Test that a node which comes into its domain's address map counts at once for those who try already: at the endpoint's
# side, where a client gets no connection before, and at the client's side, where it has one that carries nothing.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open
make_underlay
make_dns
for domain in west east; do sed -i "/^$(internal 2):/d" "$RIG/$domain/map.yaml"; done
start_domain west
start_domain east
# add_node2 DOMAIN
add_node2() { echo "$(internal 2): $(external "$1" 2)" >>"$RIG/$1/map.yaml"; }
works() { answers "$1" "$(peer "$1" nsm-1)"; }

endpoint endpoint east 2 172.16.1.0/24
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
refused client 6 'icmp-responder@east.test: '
begin=$(now)
add_node2 east
wait_for 3 "client at the new node" works client
note "client at the new node after $(($(now) - begin)) ms"

endpoint near east 1 172.16.2.0/24 --service-names near
client from_new west 2 'kernel://near@east.test/nsm-1'
wait_for 6 "the silence of the endpoint" log_has from_new 'no packets come through from endpoint near@east\.test'
begin=$(now)
add_node2 west
wait_for 3 "client from the new node" works from_new
note "client from the new node after $(($(now) - begin)) ms"
connected client nsm-1
connected from_new nsm-1
rig_end
