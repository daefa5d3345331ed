# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The programs of a domain. Names of hops are <program>-<domain>-<node>, and of nodes node1, node2 in every domain.

# place DOMAIN NODE: directory of a node's sockets.
place() { echo "$RIG/$1/node$2"; }
# nsmgr_url DOMAIN NODE: where pods and the forwarder of a node find their NSMgr.
nsmgr_url() { echo "unix://$(place "$1" "$2")/nsm.io.sock"; }
# own_names DOMAIN: what --domain is. Global addresses are in no address map.
own_names() {
  if [[ $UNDERLAY == ipv6 ]]; then echo "$1.test,$(own "$1" 1),$(own "$1" 2)"; else echo "$1.test"; fi
}
registry_url() { tcp "$(own "$1" 1)" 5000; }
# registry_admin_url DOMAIN: where its operator finds it.
registry_admin_url() { echo "unix://$(place "$1" 1)/registry.sock"; }

start_registry() {
  local name=registry-$1-node1
  answers_at "$name" "$(node "$1" 1)" "$(registry_admin_url "$1")"
  start_nsm "$name" "$(node "$1" 1)" nsm-registry --listen-on "$(registry_url "$1")" \
    --admin-listen-on "$(registry_admin_url "$1")" --domain "$(own_names "$1")" \
    --address-map "$RIG/$1/map.yaml" --proxy-registry-url "$(tcp "$(own "$1" 1)" "${PROXY_PORT:-5005}")"
}

# PUBLIC_PROXY: the node whose proxy is published for Requests, PROXY_PORT: where Find is served, DNS_SERVERS: who is asked.
start_proxy() {
  local name=proxy-$1-node$2 admin
  admin=unix://$(place "$1" "$2")/proxy.sock
  answers_at "$name" "$(node "$1" "$2")" "$admin"
  start_nsm "$name" "$(node "$1" "$2")" proxy-nsmgr --registry-listen-on "tcp://:${PROXY_PORT:-5005}" --listen-on tcp://:5006 \
    --admin-listen-on "$admin" \
    --public-url "$(tcp "$(own "$1" "${PUBLIC_PROXY:-$2}")" 5006)" --registry-url "$(registry_url "$1")" \
    --domain "$(own_names "$1")" --address-map "$RIG/$1/map.yaml" --dns-servers "${DNS_SERVERS:-$DNS_SERVER}"
}

# NSMGR_PORT: for a second one, because TCP ports are not shared.
start_nsmgr() {
  local name=nsmgr-$1-node$2
  answers_at "$name" "$(node "$1" "$2")" "$(nsmgr_url "$1" "$2")"
  NODE_NAME=node$2 start_nsm "$name" "$(node "$1" "$2")" nsmgr \
    --listen-on "$(nsmgr_url "$1" "$2"),$(tcp "$(own "$1" "$2")" "${NSMGR_PORT:-5001}")" --registry-url "$(registry_url "$1")" \
    --domain "$(own_names "$1")" --address-map "$RIG/$1/map.yaml"
}

start_forwarder() {
  local name=forwarder-$1-node$2 socket
  socket=unix://$(place "$1" "$2")/forwarder.sock
  answers_at "$name" "$(node "$1" "$2")" "$socket"
  start_nsm "$name" "$(node "$1" "$2")" nsm-forwarder --connect-to "$(nsmgr_url "$1" "$2")" --listen-on "$socket" \
    --tunnel-ip "$(own "$1" "$2")" --bpf-dir "$RIG/bpf/$1-node$2"
}

# start_again NAME: the same program with the same options, after its end.
start_again() {
  local kind domain node
  IFS=- read -r kind domain node <<<"$1"
  "start_$kind" "$domain" "${node#node}"
}
