# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The whole rig, in the order in which it is made.

# make_underlay: the networks, names and directories of both domains, without any program of ours. DOMAIN_NAMES=none:
# the domains have no addresses by their own names.
make_underlay() {
  local domain number
  make_internet
  for domain in west east; do
    make_domain_network "$domain"
    [[ ${DOMAIN_NAMES:-} == none ]] || dns_name "$domain.test" "$(public "$domain" 1)"
    for number in 1 2; do
      mkdir -p "$(place "$domain" "$number")"
      echo "$(internal "$number"): $(external "$domain" "$number")" >>"$RIG/$domain/map.yaml"
    done
  done
}

# start_domain DOMAIN: registry and proxy on node 1, NSMgr and forwarder on both nodes; returns when all know each other.
start_domain() {
  local number
  start_registry "$1"
  start_proxy "$1" 1
  for number in 1 2; do
    start_nsmgr "$1" "$number"
    start_forwarder "$1" "$number"
  done
  wait_for 10 "registry of $1" listens "$(node "$1" 1)" tcp 5000
  wait_for 10 "proxy NSR of $1" listens "$(node "$1" 1)" tcp "${PROXY_PORT:-5005}"
  wait_for 10 "proxy NSMgr of $1" listens "$(node "$1" 1)" tcp 5006
  for number in 1 2; do
    wait_for 10 "forwarder of $1 node$number at its NSMgr" has_forwarder "nsmgr-$1-node$number"
  done
}

# rig_up: everything, with both domains running.
rig_up() {
  rig_open
  make_underlay
  make_dns
  start_domain west
  start_domain east
}
