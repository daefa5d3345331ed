#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every one of our workloads is rolled out anew in both clusters, then each of our pods is deleted, and at last all at once,
# while a client of one cluster pings an endpoint of the other 100 times a second: no echo is lost, and afterwards everything
# still knows the connection.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

# in_nsm CLUSTER ARGUMENT...: kubectl in the namespace of our programs.
in_nsm() { kube "$1" --namespace "$NSM_NAMESPACE" "${@:2}"; }

# knows CLUSTER NODE_NUMBER: that node's manager has the connection.
knows() {
  local pod
  pod=$(in_nsm "$1" get pods --selector app.kubernetes.io/component=nsmgr --field-selector "spec.nodeName=node$2" --output name)
  nsmctl_in "$1" "$pod" connections unix:///var/lib/networkservicemesh/nsm.io.sock | grep -q icmp-responder
}

scenario_open
endpoint east icmp-responder 172.16.1.0/24
client west client "kernel://icmp-responder@$(node_address east 1)/nsm-1"
wait_connection west client nsm-1
echoes_start echoes "$(spot west client)" "$(peer west client nsm-1)"

for cluster in west east; do
  for workload in "${NSM_WORKLOADS[@]}"; do
    in_nsm "$cluster" rollout restart "$workload" >/dev/null
    wait_ready "$cluster"
  done
  for pod in $(in_nsm "$cluster" get pods --output name); do
    in_nsm "$cluster" delete "$pod" >/dev/null
    wait_ready "$cluster"
  done
done
in_nsm west delete pods --all >/dev/null &
deleting=$!
in_nsm east delete pods --all >/dev/null
wait "$deleting"
for cluster in west east; do wait_ready "$cluster"; done

echoes_end echoes
expect "echoes sent" "$ECHOES_SENT" -ge 500
expect "echoes lost" "$ECHOES_LOST" = 0
client_node=$(ours west get pod client --output 'jsonpath={.spec.nodeName}')
wait_for 20 "the connection at its manager" knows west "${client_node#node}"
