#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── alpha
#   near ─── east node1                 east node2 ── beta
#
# Test that clients of both domains move from endpoint alpha to beta, and back, when the service's matches change, and when
# the endpoints come back with each other's labels: without a restart, and with alpha's addresses and routes gone; that other
# changes disturb nobody; and that nothing is left of the watches.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_up

# set_service SELECTOR: clients get the endpoints whose labels it has.
set_service() {
  echo '{"name": "icmp-responder", "payload": "ETHERNET", "matches": [{"routes": [{"destinationSelector": '"$1"'}]}]}' \
    >"$RIG/service.json"
  inside e1 nsmctl set-service "$(registry_url east)" "$RIG/service.json"
}
# only_endpoint CLIENT PREFIX [ROUTE]: the client has one endpoint, whose addresses begin with PREFIX, and ROUTE beyond it.
only_endpoint() {
  [[ $(ip_in "$1" -j route show dev nsm-1 | jq -r '[.[].dst] | join(" ")') =~ ^$2\.[0-9]+${3:+ $3}$ ]] &&
    answers "$1" "$(peer "$1" nsm-1)"
}

beyond=192.168.7.0/24
set_service '{"app": "alpha"}'
# endpoints ALPHA BETA: their labels; started, again if need be.
endpoints() {
  local pod
  for pod in alpha beta; do ! running "$pod" || kill_hard "$pod"; done
  start_endpoint alpha east 1 172.16.1.0/24 --labels "app:$1" --register-service=false --routes "$beyond"
  start_endpoint beta east 2 172.16.2.0/24 --labels "app:$2" --register-service=false
}
endpoints alpha beta
for pod in alpha beta; do wait_for 10 "$pod in its registry" knows registry-east-node1 "$pod"; done
remember
client client west 1 'kernel://icmp-responder@east.test/nsm-1'
connected client nsm-1
client near east 1 'kernel://icmp-responder/nsm-1'
connected near nsm-1
only_endpoint client 172.16.1 "$beyond" || fail "the client has not come to alpha"

set_service '{"app": "beta"}'
wait_for 5 "client at beta" only_endpoint client 172.16.2
wait_for 5 "near at beta" only_endpoint near 172.16.2
expect "interfaces of alpha" "$(interfaces alpha)" -eq 0
expect "watches of services at the NSMgr" "$(dump nsmgr-west-node1 | jq .service_watches)" -eq 1

ping_start echoes client "$(peer client nsm-1)"
set_service '{"app": "beta", "nodeName": "node2"}'
ping_end echoes
set_service '{"app": "beta"}'

endpoints beta alpha
wait_for 5 "client at alpha, which is beta now" only_endpoint client 172.16.1 "$beyond"
wait_for 5 "near at alpha, which is beta now" only_endpoint near 172.16.1 "$beyond"
endpoints alpha beta
wait_for 5 "client at beta again" only_endpoint client 172.16.2
wait_for 5 "near at beta again" only_endpoint near 172.16.2

set_service '{"app": "alpha"}'
wait_for 5 "client at alpha" only_endpoint client 172.16.1 "$beyond"
wait_for 5 "near at alpha" only_endpoint near 172.16.1 "$beyond"
stop client near
back_to_remembered 10
rig_end
