# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Our charts in a cluster.

readonly NSM_NAMESPACE=nsm-system
readonly NSM_WORKLOADS=(deployment/nsm-registry deployment/nsm-webhook daemonset/nsmgr daemonset/nsm-forwarder daemonset/proxy-nsmgr)

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

# uninstall_charts CLUSTER
uninstall_charts() {
  local chart
  for chart in proxy-nsmgr nsm; do
    in_cluster "$1" helm uninstall "$chart" --namespace "$NSM_NAMESPACE" --wait --timeout "$((120 * NSM_TIMEOUT_SCALE))s" >/dev/null
  done
}

# nsmctl_in CLUSTER WORKLOAD ARGUMENT...: nsmctl in a container of ours, such as ds/nsmgr.
nsmctl_in() { kube "$1" --namespace "$NSM_NAMESPACE" exec "$2" -- nsmctl "${@:3}"; }
