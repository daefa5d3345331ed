# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Our charts in a cluster.

readonly NSM_NAMESPACE=nsm-system
readonly NSM_WORKLOADS=(deployment/nsm-registry deployment/nsm-webhook daemonset/nsmgr daemonset/nsm-forwarder daemonset/nsm-csi daemonset/proxy-nsmgr)

# install_charts CLUSTER: both, as releases nsm and proxy-nsmgr; returns when their pods are ready.
install_charts() {
  local chart names
  names=$1.test,$(node_address "$1" 1),$(node_address "$1" 2)
  for chart in nsm proxy-nsmgr; do
    in_cluster "$1" helm install "$chart" "$NSM_ROOT/deploy/helm/$chart" --namespace "$NSM_NAMESPACE" --create-namespace \
      --set "insecure=true,domain={$names}" >/dev/null
  done
  wait_ready "$1"
}

# wait_ready CLUSTER: as many pods of ours as are wanted, all new and ready. Helm's own waiting is content with one less.
wait_ready() {
  local workload
  for workload in "${NSM_WORKLOADS[@]}"; do
    kube "$1" --namespace "$NSM_NAMESPACE" rollout status "$workload" --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
  done
}

# left_on CLUSTER NODE_NUMBER: what there is of ours on a node: links, pins, the folders of sockets.
left_on() {
  in_node "$1" "$2" sh -c 'cd /sys/class/net && ls -d nsm* 2>/dev/null; ls -d /sys/fs/bpf/nsm /var/lib/networkservicemesh /var/lib/kubelet/plugins*/csi.networkservicemesh.io* 2>/dev/null; true'
}

# no_objects_left CLUSTER: neither in namespaces nor of the cluster's own, but the definitions.
no_objects_left() {
  [[ -z $(kube "$1" get all,configmaps,secrets,roles,rolebindings,serviceaccounts,clusterroles,clusterrolebindings,csidrivers --all-namespaces \
    --selector app.kubernetes.io/part-of=interdomain-nsm --output name) ]]
}

# uninstall_charts CLUSTER: nothing stays on its nodes, and no object but the definitions.
uninstall_charts() {
  local chart node
  for chart in proxy-nsmgr nsm; do
    in_cluster "$1" helm uninstall "$chart" --namespace "$NSM_NAMESPACE" --wait --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
  done
  for node in $(kube "$1" get nodes --output 'jsonpath={.items[*].metadata.name}'); do
    expect "left on $node of $1" "$(left_on "$1" "${node#node}")" = ""
  done
  wait_for 30 "the end of all objects in $1" no_objects_left "$1"
}

# nsmctl_in CLUSTER WORKLOAD ARGUMENT...: nsmctl in a container of ours, such as ds/nsmgr.
nsmctl_in() { kube "$1" --namespace "$NSM_NAMESPACE" exec "$2" -- nsmctl "${@:3}"; }
