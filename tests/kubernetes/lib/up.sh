# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Two clusters with our charts in them, step by step.

# start_clusters NODES: both at the same time, with so many nodes each.
start_clusters() {
  local cluster
  for cluster in west east; do cluster_up "$cluster" "$1"; done
  for cluster in west east; do
    wait_cluster "$cluster" "$1"
    remember_nodes "$cluster"
  done
}

# make_images: that are not ours.
make_images() {
  make_tools_image
  make_example_images
}

# clusters_with_charts NODES: all of it, from nothing.
clusters_with_charts() {
  step "the programs of the clusters (some twenty minutes the first time)" clusters_open
  step "images of tools, and for the examples" make_images
  step "image $NSM_IMAGE" "$NSM_ROOT/scripts/image" --name "$NSM_IMAGE" --output "$IMAGES/nsm.tar"
  step "clusters west and east, $1 node(s) each, with the same node names and pod addresses" start_clusters "$1"
  step "charts nsm and proxy-nsmgr in both" install_everywhere
}
