#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Deployment with 20 annotated replicas: all are ready, each with a connection of its own that packets come through; when it is
# scaled to none, nothing of them is left. How long such a Deployment takes without annotations is measured beside.
# shellcheck source=../lib.sh
source "$(dirname "$0")/../lib.sh"

# ready_in NAME ANNOTATIONS: sets TOOK, in milliseconds.
ready_in() {
  local begin
  begin=$(now)
  deployment west "$1" 20 "$2" >/dev/null
  ours west rollout status "deployment/$1" --timeout "$((180 * NSM_TIMEOUT_SCALE))s" >/dev/null
  TOOK=$(($(now) - begin))
  note "$1: 20 replicas are ready after $TOOK ms"
}
# scale_down NAME: until no container of it runs any more.
scale_down() {
  ours west scale "deployment/$1" --replicas 0 >/dev/null
  ours west wait --for=delete pod --selector "app=$1" --timeout 60s >/dev/null
}

scenario_open
endpoint east icmp-responder 172.16.1.0/24
ready_in plain '{}'
scale_down plain
ready_in annotated "{ns.networkservicemesh.io: icmp-responder@$(node_address east 1)/nsm-1}"
expect "interfaces of the endpoint" "$(interfaces east deployment/icmp-responder)" = 20
addresses=()
for pod in $(pods_of west annotated); do
  peer=$(peer west "$pod" nsm-1)
  in_pod west "$pod" ping -c 3 -W 2 "$peer" >/dev/null
  addresses+=("$peer")
done
expect "different addresses at the other ends" "$(printf '%s\n' "${addresses[@]}" | sort -u | wc -l)" -eq 20
scale_down annotated
begin=$(now)
wait_for 5 "end of the links" links_are 0 west east
wait_for 5 "end of the endpoint's interfaces" interfaces_are east deployment/icmp-responder 0
note "nothing left $(($(now) - begin)) ms after the last pod"
