#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   client ── west node1 ══ internet ══ east node1 ── gateway (leads everywhere; has 198.18.0.1)
#   exit ──── └                         └ node2 ───── endpoint
#
# Test that all that a pod sends goes over a connection when its program asks for that, on the client's side and on the
# endpoint's, whereas its own networks stay; and that its own default route is in use again when the connection ends,
# also when forwarder and client are killed, and the pod takes the interface away.

# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
OPTIONS[all]="--max-token-lifetime 10s"
rig_up

make_netns client endpoint exit
own_network client
own_network endpoint
before=$(ip_in client route)
endpoint gateway east 1 172.16.1.0/24 --service-names gateway --routes 0.0.0.0/0
endpoint endpoint east 2 172.16.2.0/24 --service-names plain --default-route
ip_in gateway address add 198.18.0.1/32 dev lo
ip_in exit address add 198.18.0.2/32 dev lo
goes() { [[ $(way "$1" 198.18.0.1) == "$2" && $(way "$1" 10.96.0.1) == eth0 && $(way "$1" 10.244.0.9) == eth0 ]]; }

client client west 1 'kernel://gateway@east.test/nsm-1'
connected client nsm-1
goes client eth0 || fail "the pod's traffic goes over a connection that nobody asked that of"
stop client

client client west 1 'kernel://plain@east.test/nsm-2,kernel://gateway@east.test/nsm-1' --default-route nsm-1
connected client nsm-1
connected client nsm-2
goes client nsm-1 || fail "not all of the pod's traffic goes over nsm-1: $(ip_in client route)"
ping_all client 198.18.0.1
stop client
wait_for 5 "the pod's own routes alone" own_routes_alone client "$before"

client client west 1 'kernel://plain@east.test/nsm-1' --default-route nsm-1
refused_beside_own() { says client 'a default route' 'its endpoint gives none' && interfaces_are client 1; }
wait_for 5 "refusal of an endpoint that leads nowhere" refused_beside_own
stop client

asks() { client client west 1 'kernel://gateway@east.test/nsm-1' --default-route nsm-1; }
asks
connected client nsm-1
kill_hard forwarder-west-node1
goes client nsm-1 || fail "not over nsm-1 without a forwarder"
ip_in client link delete nsm-1
own_routes_alone client "$before" || fail "the pod's own routes are not as before"
start_again forwarder-west-node1
wait_for 10 "the default route again" goes client nsm-1
ping_all client 198.18.0.1
kill_hard client
kill_hard forwarder-west-node1
start_again forwarder-west-node1
wait_for 25 "the pod's own routes when nobody asks any more" own_routes_alone client "$before"

before=$(ip_in endpoint route)
client exit west 1 'kernel://plain@east.test/nsm-1' --routes 0.0.0.0/0
connected exit nsm-1
goes endpoint "$(way endpoint "$(own_address exit nsm-1)")" || fail "not to the client: $(ip_in endpoint route)"
ping_all endpoint 198.18.0.2
client second west 2 'kernel://plain@east.test/nsm-1' --routes 0.0.0.0/0
refused second 5 'of connection' 'would take from connection'
stop second exit
wait_for 5 "the endpoint's own routes alone" own_routes_alone endpoint "$before"
rig_end
