# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Names and addresses of clusters and nodes, and how to be inside of them.

declare -Ar CLUSTER_NUMBER=([west]=1 [east]=2)
# Of every cluster: equal on purpose.
# shellcheck disable=SC2034 # for those who source this
readonly PODS=10.244.0.0/16 SERVICES=10.96.0.0/16 API_SERVICE=10.96.0.1

# gateway CLUSTER, node_address CLUSTER NODE_NUMBER
gateway() { echo "198.18.${CLUSTER_NUMBER[$1]}.1"; }
node_address() { echo "198.18.${CLUSTER_NUMBER[$1]}.1$2"; }
# node_pods NODE_NUMBER: addresses of its pods.
node_pods() { echo "10.244.$1.0/24"; }
# place CLUSTER [NODE_NUMBER]: folder with what it writes.
place() { echo "$CLUSTERS/$1${2:+/node$2}"; }
# kubeconfig CLUSTER: of its administrator.
kubeconfig() { echo "$(place "$1")/keys/admin.conf"; }

# in_cluster CLUSTER COMMAND...: with the cluster's kubeconfig, and in the network of its first node.
in_cluster() { KUBECONFIG=$(kubeconfig "$1") inside "$1-node1" "${@:2}"; }
# kube CLUSTER ARGUMENT...: kubectl.
kube() { in_cluster "$1" kubectl "${@:2}"; }
# in_node CLUSTER NODE_NUMBER COMMAND...: in all of the node's namespaces.
in_node() {
  local pid
  pid=$(pgrep -P "$(cat "$(place "$1" "$2")/pid")") || fail "node$2 of $1 does not run"
  nsenter --target "$pid" --mount --net --pid --uts --ipc -- "${@:3}"
}
