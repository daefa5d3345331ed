#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The node of a client is drained: nothing of the connection stays there, and the pod that takes its place on the other node has
# one. Then that of the endpoint is drained: the client goes over to the endpoint's pod on the other node by itself.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

restore() {
  local cluster node
  for cluster in west east; do
    for node in $(nodes_of "$cluster"); do kube "$cluster" uncordon "node$node" >/dev/null; done
    wait_ready "$cluster"
  done
}
drain() { kube "$1" drain "node$2" --ignore-daemonsets --delete-emptydir-data --force --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >&2; }
clean() { [[ -z $(links_on "$1" "$2") ]]; }

scenario_open
(($(nodes_of west | wc -l) > 1 && $(nodes_of east | wc -l) > 1)) || fail "a pod needs another node to go to: NODES=2"
endpoint east icmp-responder 172.16.1.0/24
deployment west client 1 "{ns.networkservicemesh.io: icmp-responder@east.test/nsm-1}" >/dev/null
ours west rollout status deployment/client --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
first=$(pods_of west client)
node=$(node_of west "$first")
drain west "$node"
begin=$(now)
wait_for 5 "nothing left on node$node of west" clean west "$node"
note "nothing left on the client's node $(($(now) - begin)) ms after it was drained"
ours west rollout status deployment/client --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
second=$(pods_of west client)
expect "node of the next pod" "$(node_of west "$second")" != "$node"
wait_connection west "$second" nsm-1
wait_for 5 "one connection at the endpoint" interfaces_are east deployment/icmp-responder 1
kube west uncordon "node$node" >/dev/null

endpoint=$(pods_of east icmp-responder)
node=$(node_of east "$endpoint")
peer=$(peer west "$second" nsm-1)
echoes_start drained "$(spot west "$second")" "$peer"
drain east "$node"
ours east rollout status deployment/icmp-responder --timeout "$((60 * NSM_TIMEOUT_SCALE))s" >/dev/null
next=$(pods_of east icmp-responder)
expect "node of the next endpoint" "$(node_of east "$next")" != "$node"
begin=$(now)
wait_for 10 "the client at the next endpoint" interfaces_are east "$next" 1
note "client at the next endpoint $(($(now) - begin)) ms after that is ready"
wait_connection west "$second" nsm-1
wait_for 5 "nothing left on node$node of east" clean east "$node"
echoes_end drained
expect "the endpoint's address" "$(peer west "$second" nsm-1)" = "$peer"
expect "milliseconds without an answer" "$ECHOES_GAP" -lt 30000
