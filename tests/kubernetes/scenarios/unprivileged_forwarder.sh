#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Forwarders without privileges, by an upgrade of the chart (forwarder.privileged=false) under a ping of 100 a second: no echo
# is lost, their containers have three capabilities and the runtime's filter of system calls, the connection is known to them
# and a new client connects through them; and back to the default, the same.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

# upgrade PRIVILEGED: in both clusters.
upgrade() {
  local cluster
  for cluster in west east; do
    in_cluster "$cluster" helm upgrade nsm "$NSM_ROOT/deploy/helm/nsm" --namespace "$NSM_NAMESPACE" --reuse-values \
      --set "forwarder.privileged=$1" >/dev/null
  done
  for cluster in west east; do wait_ready "$cluster"; done
}

# statuses CLUSTER KEY: that line of /proc/PID/status of the cluster's forwarders, each once.
statuses() {
  local node pid
  for node in $(kube "$1" get nodes --output name); do
    pid=$(in_node "$1" "${node#node/node}" pgrep --exact nsm-forwarder)
    in_node "$1" "${node#node/node}" grep "^$2:" "/proc/$pid/status" | cut -f2
  done | sort -u
}

# connects NAME: a client of that name does.
connects() {
  client west "$1" "kernel://icmp-responder@$(node_address east 1)/nsm-1"
  wait_connection west "$1" nsm-1
  in_pod west "$1" ping -c 5 -W 2 "$(peer west "$1" nsm-1)" >&2
}

scenario_open
endpoint east icmp-responder 172.16.1.0/24
connects before
echoes_start echoes "$(spot west before)" "$(peer west before nsm-1)"

upgrade false
for cluster in west east; do
  # CAP_NET_ADMIN, CAP_SYS_PTRACE, CAP_SYS_ADMIN: bits 12, 19, 21.
  expect "capabilities of forwarders in $cluster" "$(statuses "$cluster" CapEff)" = 0000000000281000
  expect "filter of their system calls in $cluster" "$(statuses "$cluster" Seccomp)" = 2
done
connects during
upgrade true
for cluster in west east; do expect "filter of system calls in $cluster" "$(statuses "$cluster" Seccomp)" = 0; done
connects after
expect "interfaces of the endpoint" "$(interfaces east deployment/icmp-responder)" = 3

echoes_end echoes
expect "echoes sent" "$ECHOES_SENT" -ge 500
expect "echoes lost" "$ECHOES_LOST" = 0
