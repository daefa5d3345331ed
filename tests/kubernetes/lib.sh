# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Two real Kubernetes clusters on one host, for scripts/test-kubernetes and scripts/demo-kubernetes.
#
#      cluster west                internet                cluster east
#   node1  198.18.1.11 ─┐                             ┌─ node1  198.18.2.11
#   node2  198.18.1.12 ─┴─ 198.18.1.1 │ 198.18.2.1 ───┴─ node2  198.18.2.12
#
# Nodes have equal names in both, and so are the addresses of pods (10.244.<node>.0/24) and services (10.96.0.0/16).
# node1 also has the control plane and the name server, which knows west.test and east.test. Each node is a set of
# namespaces (network, mounts, processes, host name, IPC) with a kubelet and a containerd of its own. The network
# namespaces are named <rig id>-<name>: inet, and <cluster>-<node>. What the clusters write is below $CLUSTERS.
#
# Who sources this file calls clusters_open; an exit trap removes everything. Nothing of the host's is changed.

set -Eeuo pipefail
NSM_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export NSM_TIMEOUT_SCALE=${NSM_TIMEOUT_SCALE:-1}
export RIG_ID=${RIG_ID:-nsm-k8s-$$}
export PATH=$PATH:/usr/sbin:/sbin
CLUSTERS=$NSM_ROOT/build/kubernetes/$RIG_ID

# shellcheck source=../netns/lib/wait.sh
source "$NSM_ROOT/tests/netns/lib/wait.sh"
# shellcheck source=../netns/lib/rig.sh
source "$NSM_ROOT/tests/netns/lib/rig.sh"
# shellcheck source=../netns/lib/processes.sh
source "$NSM_ROOT/tests/netns/lib/processes.sh"
# shellcheck source=lib/packages.sh
source "$NSM_ROOT/tests/kubernetes/lib/packages.sh"
# shellcheck source=lib/names.sh
source "$NSM_ROOT/tests/kubernetes/lib/names.sh"
# shellcheck source=lib/certificates.sh
source "$NSM_ROOT/tests/kubernetes/lib/certificates.sh"
# shellcheck source=lib/clusters.sh
source "$NSM_ROOT/tests/kubernetes/lib/clusters.sh"
# shellcheck source=lib/images.sh
source "$NSM_ROOT/tests/kubernetes/lib/images.sh"
# shellcheck source=lib/releases.sh
source "$NSM_ROOT/tests/kubernetes/lib/releases.sh"
# shellcheck source=lib/workloads.sh
source "$NSM_ROOT/tests/kubernetes/lib/workloads.sh"
# shellcheck source=lib/observe.sh
source "$NSM_ROOT/tests/kubernetes/lib/observe.sh"
# shellcheck source=lib/demo.sh
source "$NSM_ROOT/tests/kubernetes/lib/demo.sh"
# shellcheck source=lib/up.sh
source "$NSM_ROOT/tests/kubernetes/lib/up.sh"
