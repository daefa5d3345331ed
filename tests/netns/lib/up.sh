# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# The whole rig, in the order in which it is made.

# make_underlay: the networks, names and directories of both domains, without any program of ours. DOMAIN_NAMES=none:
# the domains have no addresses by their own names.
make_underlay() {
  make_internet
  make_domain west
  make_domain east
}

# make_domain DOMAIN: of one, after the internet.
make_domain() {
  local number
  make_domain_network "$1"
  [[ ${DOMAIN_NAMES:-} == none ]] || dns_name "$1.test" "$(public "$1" 1)"
  for number in 1 2; do
    make_place "$1" "$number"
  done
}

# make_place DOMAIN NUMBER: a node's directory, and its line in the address map.
make_place() {
  mkdir -p "$(place "$1" "$2")"
  echo "$(internal "$2"): $(external "$1" "$2")" >>"$RIG/$1/map.yaml"
}

# start_domain DOMAIN: registry and proxy on node 1, NSMgr and forwarder on both nodes; returns when all know each other.
start_domain() {
  local number
  start_registry "$1"
  start_proxy "$1" 1
  for number in 1 2; do
    start_node "$1" "$number"
  done
  wait_for 10 "registry of $1" listens "$(node "$1" 1)" tcp 5000
  wait_for 10 "proxy NSR of $1" listens "$(node "$1" 1)" tcp "${PROXY_PORT:-5005}"
  wait_for 10 "proxy NSMgr of $1" listens "$(node "$1" 1)" tcp 5006
  for number in 1 2; do
    wait_node "$1" "$number"
  done
}

# start_node DOMAIN NUMBER: NSMgr and forwarder; wait_node: they know each other.
start_node() {
  start_nsmgr "$1" "$2"
  start_forwarder "$1" "$2"
}
wait_node() { wait_for 10 "forwarder of $1 node$2 at its NSMgr" has_forwarder "nsmgr-$1-node$2"; }

# rig_up: everything, with both domains running.
rig_up() {
  rig_open
  make_underlay
  make_dns
  start_domain west
  start_domain east
}
