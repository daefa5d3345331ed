#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The API servers of both clusters are killed and stay away for a minute: a connection between the clusters loses no packet,
# and new ones come up, inside a cluster and from the other one, since registries know the endpoint. Afterwards all that was
# there is there.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

restore() {
  local cluster
  for cluster in west east; do
    program_start "$cluster" 1 kube-apiserver
    wait_for 60 "API server of $cluster" kube "$cluster" get --raw /readyz
  done
  for cluster in west east; do
    wait_cluster "$cluster" "$(nodes_of "$cluster" | wc -l)"
    wait_ready "$cluster"
  done
}

# one_more SPOT CONTAINER SERVICE: another program of the client's in its container, which gets the pod an interface nsm-2.
# A CONTAINER as "container" says it.
one_more() {
  local node id
  read -r node id <<<"$2"
  in_containerd "${1%% *}" "$node" tasks exec --detach --exec-id second "$id" nsc --insecure --name=second \
    --listen-on=unix:///run/nsm/second.sock "--network-services=kernel://$3/nsm-2"
}
# peer_at SPOT INTERFACE: as "peer", without an API server.
peer_at() { at "$1" ip route show dev "$2" | awk '$1 !~ "/" && !found { print $1; found = 1 } END { exit !found }'; }
minute_is_over() { (($(now) - gone >= 60000)); }

scenario_open
endpoint east icmp-responder 172.16.1.0/24
remote=icmp-responder@$(node_address east 1)
client west client "kernel://$remote/nsm-1"
client east client kernel://icmp-responder/nsm-1
declare -A spots=() containers=()
for cluster in west east; do
  wait_connection "$cluster" client nsm-1
  spots[$cluster]=$(spot "$cluster" client)
  containers[$cluster]=$(container "$cluster" client client)
done
uids=$(kube east get netsvc,nse --all-namespaces --output 'jsonpath={.items[*].metadata.uid}')
echoes_start between "${spots[west]}" "$(peer west client nsm-1)"

for cluster in west east; do program_stop "$cluster" 1 kube-apiserver KILL; done
gone=$(now)
one_more "${spots[west]}" "${containers[west]}" "$remote"
one_more "${spots[east]}" "${containers[east]}" icmp-responder
for cluster in west east; do
  wait_for 15 "another connection in $cluster" peer_at "${spots[$cluster]}" nsm-2
  at "${spots[$cluster]}" ping -q -c 5 -i 0.2 -W 2 -I nsm-2 "$(peer_at "${spots[$cluster]}" nsm-2)" >&2
  note "another connection in $cluster $(($(now) - gone)) ms after the API servers went"
done
wait_for 70 "a minute without API servers" minute_is_over
kube west get --raw /readyz &>/dev/null && fail "the API server is not away"
restore
echoes_end between
expect "echoes lost" "$ECHOES_LOST" -eq 0
expect "services and endpoints" "$(kube east get netsvc,nse --all-namespaces --output 'jsonpath={.items[*].metadata.uid}')" = "$uids"
expect "interfaces of the endpoint" "$(interfaces east deployment/icmp-responder)" -eq 4
