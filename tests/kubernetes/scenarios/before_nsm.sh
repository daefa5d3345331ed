#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Clients that are there before managers and forwarders: those are held back, and their folder is removed from the node as if
# they had never been there, for which the driver of folders starts again; an annotated pod waits, and so does one that brings
# its client with it. When managers and forwarders come, both get their connections by themselves.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

# hold_back: from all nodes of west. restore: no more.
hold_back() { select_nodes '{"test": "nowhere"}'; }
restore() {
  select_nodes '{"test": null}'
  wait_ready west
}
# select_nodes CHANGE: of the selectors of the nodes that managers and forwarders are for.
select_nodes() {
  local daemons
  for daemons in nsmgr nsm-forwarder; do
    kube west --namespace "$NSM_NAMESPACE" patch daemonset "$daemons" --type merge \
      --patch "{\"spec\": {\"template\": {\"spec\": {\"nodeSelector\": $1}}}}" >/dev/null
  done
}
none_left() {
  [[ -z $(kube west --namespace "$NSM_NAMESPACE" get pods --output name \
    --selector 'app.kubernetes.io/component in (nsmgr, forwarder)') ]]
}
says_why() { ours west describe pod annotated | grep -q 'Startup probe failed.*icmp-responder'; }

scenario_open
endpoint east icmp-responder 172.16.1.0/24
hold_back
wait_for 60 "end of managers and forwarders" none_left
for node in $(nodes_of west); do
  in_node west "$node" rm -r /var/lib/networkservicemesh
  wait_for 60 "folders of pods on node$node again" in_node west "$node" test -d /var/lib/networkservicemesh/pods
done
annotated west annotated "icmp-responder@$(node_address east 1)/nsm-1"
client west own "kernel://icmp-responder@$(node_address east 1)/nsm-1"
wait_for 60 "the reason why it waits" says_why
expect "phase of the annotated pod" "$(ours west get pod annotated --output 'jsonpath={.status.phase}')" = Pending

restore
begin=$(now)
wait_pod west annotated
note "the annotated pod is ready $(($(now) - begin)) ms after managers and forwarders"
for pod in annotated own; do wait_connection west "$pod" nsm-1; done
note "both have their connections after $(($(now) - begin)) ms"
wait_for 5 "two connections at the endpoint" interfaces_are east deployment/icmp-responder 2
