# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Two clusters with our charts in them, step by step.

# step TEXT COMMAND...: runs COMMAND and says how long it took.
step() {
  local begin
  begin=$(now)
  "${@:2}"
  printf '%8d ms  %s\n' $(($(now) - begin)) "$1"
}

# start_clusters NODES: both at the same time, with so many nodes each.
start_clusters() {
  local cluster
  for cluster in west east; do cluster_up "$cluster" "$1"; done
  for cluster in west east; do wait_cluster "$cluster" "$1"; done
}

# install_everywhere: at the same time.
install_everywhere() {
  install_charts west &
  local west=$!
  install_charts east
  wait "$west"
}

# clusters_with_charts NODES: all of it, from nothing.
clusters_with_charts() {
  step "the programs of the clusters (some twenty minutes the first time)" clusters_open
  step "image of tools" make_tools_image
  step "image $NSM_IMAGE" "$NSM_ROOT/scripts/image" --name "$NSM_IMAGE" --output "$IMAGES/nsm.tar"
  step "clusters west and east, $1 node(s) each, with the same node names and pod addresses" start_clusters "$1"
  step "charts nsm and proxy-nsmgr in both" install_everywhere
}
