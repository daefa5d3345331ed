#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
#   nsm-csi ── folder of pods ── mounted from the node ── removed there
#
# Test that a driver whose place somebody removes from the node, as if the system had never been there, says so and ends, since
# in what it has mounted it could make nothing any more; started again on a new one it serves.

# What is mounted here is seen by nobody else, and is gone with this process.
[[ -n ${NSM_OWN_MOUNTS:-} ]] || NSM_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
# shellcheck source=lib.sh
source "$(dirname "$0")/lib.sh"
rig_open

# start_csi: in mounts of its own, as in a container.
start_csi() {
  mkdir -p "$RIG/node"
  # shellcheck disable=SC2016 # for the shell there
  start csi host unshare --mount bash -c 'mount --bind "$0/node" "$0/place" && exec "$1/nsm-csi" --node node1 \
    --kubelet-folder "$0/kubelet" --pods-folder "$0/place/pods"' "$RIG" "$NSM_BIN_DIR"
  wait_for 5 "the driver's folder" test -d "$RIG/node/pods"
}

mkdir -p "$RIG/place" "$RIG/kubelet/plugins_registry"
start_csi
rm -r "$RIG/node"
ended csi
expect "its exit status" "$ENDED_STATUS" -eq 1
log_has csi "$RIG/place was removed from the node" || fail "no reason"
start_csi
stop csi
rig_end
