# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Our charts in a cluster.

readonly NSM_NAMESPACE=nsm-system
readonly NSM_WORKLOADS=(deployment/nsm-registry deployment/nsm-webhook daemonset/nsmgr daemonset/nsm-forwarder daemonset/nsm-csi daemonset/proxy-nsmgr)

# install_charts CLUSTER: both, as releases nsm and proxy-nsmgr; returns when their pods are ready.
install_charts() {
  local chart names
  names=$1.test$(kube "$1" get nodes --output 'jsonpath={range .items[*]},{.status.addresses[?(@.type=="InternalIP")].address}{end}')
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

# no_objects_left CLUSTER: neither in namespaces nor of the cluster's own, but the definitions.
no_objects_left() {
  [[ -z $(kube "$1" get all,configmaps,secrets,roles,rolebindings,serviceaccounts,clusterroles,clusterrolebindings,csidrivers --all-namespaces \
    --selector app.kubernetes.io/part-of=interdomain-nsm --output name) ]]
}

# state_of CLUSTER NODE_NUMBER: what a node has outside of pods: links, what is pinned and attached, folders, sockets, rules. Left
# out are links of the cluster's own network, and rules of kube-proxy, which keeps those of former Services for a while.
state_of() {
  # shellcheck disable=SC2016 # for the shell there
  in_node "$1" "$2" bash -c '
    ls /sys/class/net | grep -vE "^(veth|cni)"
    find /sys/fs/bpf /var/lib/networkservicemesh /var/lib/kubelet/plugins*/csi.networkservicemesh.io* 2>/dev/null
    grep -o "/var/lib/networkservicemesh.*" /proc/net/unix
    nft list tables | grep -v kube-proxy | while read -r _ table; do nft list table $table; done 2>/dev/null |
      grep -E "nsm-|dport (500[0156]|4789)"
    tc filter show dev eth0 ingress; tc filter show dev eth0 egress
    true'
}

# remember_nodes CLUSTER: when there is nothing of ours yet.
remember_nodes() {
  local node
  for node in $(kube "$1" get nodes --output name); do
    state_of "$1" "${node#node/node}" >"$(place "$1" "${node#node/node}")/before"
  done
}

# nodes_as_before CLUSTER: as remember_nodes saw them.
nodes_as_before() {
  local node
  for node in $(kube "$1" get nodes --output name); do
    node=${node#node/node}
    diff "$(place "$1" "$node")/before" <(state_of "$1" "$node") >&2 || fail "node$node of $1 is not as before"
  done
}

# uninstall_charts CLUSTER: nothing stays on its nodes, and no object but the definitions.
uninstall_charts() {
  local chart
  for chart in proxy-nsmgr nsm; do
    in_cluster "$1" helm uninstall "$chart" --namespace "$NSM_NAMESPACE" --wait --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
  done
  nodes_as_before "$1"
  wait_for 30 "the end of all objects in $1" no_objects_left "$1"
}

# nsmctl_in CLUSTER WORKLOAD ARGUMENT...: nsmctl in a container of ours, such as ds/nsmgr.
nsmctl_in() { kube "$1" --namespace "$NSM_NAMESPACE" exec "$2" -- nsmctl "${@:3}"; }
