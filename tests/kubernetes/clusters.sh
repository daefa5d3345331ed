#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# tests/kubernetes/clusters.sh up [NODES] | down | in CLUSTER COMMAND...: the two clusters of the tests, for looking around.
# "up" makes them with NODES (1) nodes each and leaves them running; archives of images that are in build/kubernetes/images
# are in them. "in" runs a command with the cluster's kubeconfig in the network of its first node: in west kubectl get pods -A
set -euo pipefail
export RIG_ID=${RIG_ID:-nsm-k8s}
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"

case ${1:-} in
  up)
    clusters_open
    make_tools_image
    for archive in "$NSM_ROOT"/build/kubernetes/images/*.tar; do [[ ! -e $archive ]] || cp "$archive" "$IMAGES/"; done
    for cluster in west east; do cluster_up "$cluster" "${2:-1}"; done
    for cluster in west east; do wait_cluster "$cluster" "${2:-1}"; done
    trap - EXIT ERR
    ;;
  down) clusters_close ;;
  in)
    PATH=$("$NSM_ROOT/tests/kubernetes/build.sh")/bin:$PATH
    in_cluster "${@:2}"
    ;;
  *)
    sed -n '3,5s/^# //p' "$0" >&2
    exit 2
    ;;
esac
