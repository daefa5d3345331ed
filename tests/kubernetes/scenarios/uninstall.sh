#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The end of a release, with a connection still there and forwarders without privileges, while the kubelet of one node does not
# answer: helm says that it failed, and the Job which node it was. When the kubelet is back, that node is cleaned, too, and both
# are as before there was anything of ours. The charts are there again afterwards.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

in_nsm() { kube west --namespace "$NSM_NAMESPACE" "$@"; }
# kubelet SIGNAL: to that of node2.
kubelet() { in_node west 2 pkill "-$1" --exact kubelet; }
# cleaned: every node.
cleaned() { [[ $(in_nsm get daemonset nsm-uninstall --output 'jsonpath={.status.desiredNumberScheduled} {.status.numberReady}') == "2 2" ]]; }

scenario_open
endpoint west icmp-responder 172.16.1.0/24
client west client kernel://icmp-responder/nsm-1
wait_connection west client nsm-1
in_cluster west helm upgrade nsm "$NSM_ROOT/deploy/helm/nsm" --namespace "$NSM_NAMESPACE" --reuse-values \
  --set forwarder.privileged=false >/dev/null
wait_ready west
ours west delete deployment/icmp-responder pod/client --wait >/dev/null
in_cluster west helm uninstall proxy-nsmgr --namespace "$NSM_NAMESPACE" --wait >/dev/null

kubelet STOP
if said=$(in_cluster west helm uninstall nsm --namespace "$NSM_NAMESPACE" --timeout 5m 2>&1); then
  kubelet CONT
  fail "not said that a node does not answer: $said"
fi
note "$said"
named=$(in_nsm logs job/nsm-uninstall --tail 1)
kubelet CONT
note "$named"
[[ $named == *node2* && $named != *node1* ]] || fail "the Job does not say that it is node2: $named"

wait_for 120 "the end on node2" cleaned
in_nsm delete daemonset,job nsm-uninstall --wait >/dev/null
nodes_as_before west
in_nsm delete serviceaccount,role,rolebinding nsm-uninstall --ignore-not-found >/dev/null
wait_for 30 "the end of all objects in west" no_objects_left west
install_charts west
